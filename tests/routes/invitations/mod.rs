mod accept;
mod show;
