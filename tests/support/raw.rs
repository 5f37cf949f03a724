//! HTTP by hand, for requests that no client library would send.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::answer::Answer;
use super::server::Address;
use super::wait::in_time;

/// One TCP connection to a server.
pub(crate) struct RawConnection {
    stream: BufReader<TcpStream>,
    sent: String,
}

impl RawConnection {
    pub(crate) async fn open(address: &Address) -> Self {
        let stream = TcpStream::connect(address.authority()).await.unwrap();
        Self { stream: BufReader::new(stream), sent: String::new() }
    }

    /// Sends bytes as they are.
    pub(crate) async fn send(&mut self, bytes: &str) {
        self.sent.push_str(bytes);
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Waits for the server to say that it has taken a request and wants its body
    /// (`Expect: 100-continue`).
    pub(crate) async fn wait_until_accepted(&mut self) {
        let line = in_time("the server takes the request", self.line()).await;
        assert!(line.starts_with("HTTP/1.1 100"), "{line}");
        assert_eq!(self.line().await, "", "the end of the interim answer");
    }

    /// Reads one answer with a `Content-Length`.
    pub(crate) async fn answer(&mut self) -> Answer {
        in_time("an answer", self.read_answer()).await
    }

    async fn read_answer(&mut self) -> Answer {
        let status_line = self.line().await;
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no status: {status_line:?}"));
        let mut headers = HeaderMap::new();
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(':') else { break };
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
        }
        let length = headers.get("content-length").and_then(|value| value.to_str().ok());
        let length = length.and_then(|value| value.parse().ok()).unwrap_or(0);
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await.unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        Answer { request: self.sent.clone(), status, headers, bytes }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.unwrap();
        assert_ne!(read, 0, "the server closed the connection after {:?}", self.sent);
        line.trim_end().to_owned()
    }
}
