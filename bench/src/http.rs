//! One HTTP/1.1 connection, kept open. It costs a fraction of what a general client does, so that on
//! a small machine the load does not take the server's processors.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use memchr::memmem;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::error::{Result, While as _, unusable};

/// After so much rest a connection is opened anew: a server closes those that rest for five seconds.
const REST: Duration = Duration::from_secs(2);

/// An open connection.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    received: Vec<u8>,
    used: Instant,
}

/// An answer.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.whilst("connecting")?;
        stream.set_nodelay(true).whilst("connecting")?;
        let received = Vec::with_capacity(64 * 1024);
        Ok(Self { address, stream, received, used: Instant::now() })
    }

    /// Opens it anew where it has rested for so long that the server may have closed it.
    async fn reopen_after(&mut self, rest: Duration) -> Result<()> {
        if self.used.elapsed() >= rest {
            *self = Self::open(self.address).await?;
        }
        Ok(())
    }

    /// Sends a whole request and waits for its whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await.whilst("sending a request")?;
        self.received.clear();
        let mut head = None;
        loop {
            let count = self.stream.read_buf(&mut self.received).await.whilst("an answer")?;
            if count == 0 {
                return Err(unusable("the server has closed the connection"));
            }
            if head.is_none() {
                head = Head::read(&self.received)?;
            }
            if let Some(Head { status, body, length }) = head
                && self.received.len() >= body + length
            {
                self.used = Instant::now();
                return Ok(Answer { status, body: &self.received[body..body + length] });
            }
        }
    }

    /// Sends JSON and reads JSON; an error unless the answer is a success.
    pub(crate) async fn call(
        &mut self,
        method: &str,
        path: &str,
        credential: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request(method, path, credential, &body);
        self.reopen_after(REST).await?;
        let answer = self.exchange(&request).await?;
        if !(200..300).contains(&answer.status) {
            let told = String::from_utf8_lossy(answer.body);
            return Err(unusable(format!("{method} {path}: {} {told}", answer.status)));
        }
        match answer.body {
            [] => Ok(Value::Null),
            body => Ok(serde_json::from_slice(body)?),
        }
    }
}

#[derive(Clone, Copy)]
struct Head {
    status: u16,
    /// Where the body begins.
    body: usize,
    length: usize,
}

impl Head {
    /// `None` while it is not complete.
    fn read(received: &[u8]) -> Result<Option<Self>> {
        let Some(end) = memmem::find(received, b"\r\n\r\n") else { return Ok(None) };
        let head = std::str::from_utf8(&received[..end])
            .map_err(|_| unusable("an answer's head is no text"))?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok());
        let status = status.ok_or_else(|| unusable("an answer without a status"))?;
        let lengths = lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let length = lengths.last().unwrap_or(0);
        Ok(Some(Self { status, body: end + 4, length }))
    }
}

/// The bytes of a request. `credential` is a header's line, e.g. `X-API-Key: …`, or empty.
pub(crate) fn request(method: &str, path: &str, credential: &str, body: &str) -> Vec<u8> {
    let credential =
        if credential.is_empty() { String::new() } else { format!("{credential}\r\n") };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\n{credential}Content-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::{Connection, Duration, Head, request};

    #[tokio::test]
    async fn a_connection_that_rested_is_opened_anew() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut connection = Connection::open(listener.local_addr().unwrap()).await.unwrap();
        let server = tokio::spawn(async move {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            }
        });
        let asked = request("GET", "/livez", "", "");
        assert_eq!(connection.exchange(&asked).await.unwrap().status, 204);
        connection.reopen_after(Duration::ZERO).await.unwrap();
        assert_eq!(connection.exchange(&asked).await.unwrap().status, 204);
        server.await.unwrap();
    }

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let text = b"HTTP/1.1 201 Created\r\ncontent-length: 7\r\nETag: \"1\"\r\n\r\n{\"a\":1}";
        assert!(Head::read(&text[..30]).unwrap().is_none());
        let head = Head::read(text).unwrap().unwrap();
        assert_eq!((head.status, head.length, &text[head.body..]), (201, 7, &b"{\"a\":1}"[..]));
    }
}
