mod catalogue;
mod copy;
mod races;
mod set;
