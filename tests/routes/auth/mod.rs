mod login;
mod logout;
mod refresh;
mod tokens;
