//! The whole terminal, its devices and the gateway in one thread with virtual time.
