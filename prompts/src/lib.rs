//! crm-ai.
