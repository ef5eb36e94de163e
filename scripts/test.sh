#!/usr/bin/env bash
# Every test: the workspace's, the console's, and its story in a browser. Arguments go to cargo-nextest alone: scripts/test.sh -E 'test(cluster)'
set -euo pipefail
# shellcheck source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd "$repo"

# The tests tell these in their own words; a developer's own settings must not change what they test.
unset OPENAI_API_KEY OPENAI_BASE_URL DATABASE_URL PORT DATA_DIR
export CRM_AI_CACHE="$cache"

if [ "$#" -gt 0 ]; then exec cargo nextest run --locked --workspace --no-fail-fast "$@"; fi

scripts/console.sh test
# nextest does not run the examples in the documentation.
cargo test --quiet --locked --workspace --doc
cargo nextest run --locked --workspace --no-fail-fast
scripts/story.sh
