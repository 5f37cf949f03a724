mod accept;
mod mailed;
mod show;
