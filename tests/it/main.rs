//! The integration tests.
//!
//! `cfg(test)` tells the lints that these modules are tests throughout.

#[cfg(test)]
mod access_fields;
#[cfg(test)]
mod access_matrix;
#[cfg(test)]
mod access_policies;
#[cfg(test)]
mod access_rate;
#[cfg(test)]
mod access_roles;
#[cfg(test)]
mod access_secrets;
#[cfg(test)]
mod access_sessions;
#[cfg(test)]
mod analytics_calendar;
#[cfg(test)]
mod analytics_catalog;
#[cfg(test)]
mod analytics_groups;
#[cfg(test)]
mod analytics_history;
#[cfg(test)]
mod analytics_largest;
#[cfg(test)]
mod analytics_money;
#[cfg(test)]
mod analytics_quotas;
#[cfg(test)]
mod analytics_summaries;
#[cfg(test)]
mod analytics_support;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod behaviour_http;
#[cfg(test)]
mod budget;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod demo_year;
#[cfg(test)]
mod evals_demo;
#[cfg(test)]
mod event_grammar;
#[cfg(test)]
mod feed_http;
#[cfg(test)]
mod feed_store;
#[cfg(test)]
mod forecast;
#[cfg(test)]
mod forecast_cases;
#[cfg(test)]
mod health;
#[cfg(test)]
mod health_demo;
#[cfg(test)]
mod history;
#[cfg(test)]
mod http_articles;
#[cfg(test)]
mod http_auth;
#[cfg(test)]
mod http_bad_input;
#[cfg(test)]
mod http_custom_schemas;
#[cfg(test)]
mod http_errors;
#[cfg(test)]
mod http_isolation;
#[cfg(test)]
mod http_login;
#[cfg(test)]
mod http_members;
#[cfg(test)]
mod http_people;
#[cfg(test)]
mod http_records;
#[cfg(test)]
mod http_records_bulk;
#[cfg(test)]
mod http_records_lists;
#[cfg(test)]
mod http_runs;
#[cfg(test)]
mod http_sessions;
#[cfg(test)]
mod http_support;
#[cfg(test)]
mod import_batches;
#[cfg(test)]
mod import_crash;
#[cfg(test)]
mod import_files;
#[cfg(test)]
mod import_form;
#[cfg(test)]
mod import_http;
#[cfg(test)]
mod import_relations;
#[cfg(test)]
mod import_rights;
#[cfg(test)]
mod import_support;
#[cfg(test)]
mod inbound_door;
#[cfg(test)]
mod inbound_messages;
#[cfg(test)]
mod inbound_support;
#[cfg(test)]
mod index_records;
#[cfg(test)]
mod lead_enrichment;
#[cfg(test)]
mod lead_http;
#[cfg(test)]
mod lead_judged;
#[cfg(test)]
mod lead_standing;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod ledger_properties;
#[cfg(test)]
mod ledger_readers;
#[cfg(test)]
mod model_failures;
#[cfg(test)]
mod model_offline;
#[cfg(test)]
mod model_requests;
#[cfg(test)]
mod model_stream;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod pipeline_alerts;
#[cfg(test)]
mod pipeline_csv;
#[cfg(test)]
mod pipeline_differential;
#[cfg(test)]
mod pipeline_eval;
#[cfg(test)]
mod pipeline_feedback;
#[cfg(test)]
mod pipeline_http;
#[cfg(test)]
mod pipeline_limits;
#[cfg(test)]
mod pipeline_meaning;
#[cfg(test)]
mod pipeline_model;
#[cfg(test)]
mod pipeline_names;
#[cfg(test)]
mod pipeline_prompt;
#[cfg(test)]
mod pipeline_questions;
#[cfg(test)]
mod pipeline_questions_bad;
#[cfg(test)]
mod pipeline_repair;
#[cfg(test)]
mod pipeline_rights;
#[cfg(test)]
mod pipeline_shared;
#[cfg(test)]
mod pipeline_transactions;
#[cfg(test)]
mod pipeline_vocabulary;
#[cfg(test)]
mod pipeline_wire;
#[cfg(test)]
mod predict_cli;
#[cfg(test)]
mod predict_eval;
#[cfg(test)]
mod predict_http;
#[cfg(test)]
mod predict_models;
#[cfg(test)]
mod predict_training;
#[cfg(test)]
mod privacy_erasure;
#[cfg(test)]
mod privacy_files;
#[cfg(test)]
mod privacy_index;
#[cfg(test)]
mod privacy_steps;
#[cfg(test)]
mod privacy_support;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod rag_flow;
#[cfg(test)]
mod rag_index;
#[cfg(test)]
mod rag_model;
#[cfg(test)]
mod rag_remote;
#[cfg(test)]
mod replica;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod run_approval;
#[cfg(test)]
mod run_crash;
#[cfg(test)]
mod run_fallback;
#[cfg(test)]
mod run_flow;
#[cfg(test)]
mod run_log;
#[cfg(test)]
mod run_stop;
#[cfg(test)]
mod run_support;
#[cfg(test)]
mod run_tools;
#[cfg(test)]
mod semantic_bad_days;
#[cfg(test)]
mod semantic_bad_input;
#[cfg(test)]
mod semantic_behind;
#[cfg(test)]
mod semantic_entities;
#[cfg(test)]
mod semantic_errors;
#[cfg(test)]
mod semantic_exact;
#[cfg(test)]
mod semantic_truths;
#[cfg(test)]
mod semantic_vocabulary;
#[cfg(test)]
mod setup_script;
#[cfg(test)]
mod sharing_writes;
#[cfg(test)]
mod similar_index;
#[cfg(test)]
mod store_article_imports;
#[cfg(test)]
mod store_articles;
#[cfg(test)]
mod store_catalog;
#[cfg(test)]
mod store_conversations;
#[cfg(test)]
mod store_identity;
#[cfg(test)]
mod store_jobs;
#[cfg(test)]
mod store_operations;
#[cfg(test)]
mod store_records;
#[cfg(test)]
mod store_terms;
#[cfg(test)]
mod tenant_isolation;
#[cfg(test)]
mod tool_schemas;
#[cfg(test)]
mod webhook_delivery;
#[cfg(test)]
mod webhook_support;
#[cfg(test)]
mod win_agent;
#[cfg(test)]
mod win_book;
#[cfg(test)]
mod win_card;
#[cfg(test)]
mod win_digest;
#[cfg(test)]
mod win_falls;
#[cfg(test)]
mod win_figures;
#[cfg(test)]
mod win_http;
#[cfg(test)]
mod win_moves;
#[cfg(test)]
mod win_office;
#[cfg(test)]
mod win_open;
#[cfg(test)]
mod win_renamed;
#[cfg(test)]
mod win_support;
