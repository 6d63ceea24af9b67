//! KEDA-compatible triggers, pure: what a trigger's metadata mean, what to ask of which server,
//! and what the answer is worth. No network.
