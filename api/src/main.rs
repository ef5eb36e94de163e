//! The crm-ai binary.

fn main() {}
