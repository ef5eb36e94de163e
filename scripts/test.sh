#!/usr/bin/env bash
# Every test of the workspace. Arguments go to cargo-nextest: scripts/test.sh -E 'test(cluster)'
set -euo pipefail
# shellcheck source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd "$repo"

# The tests tell these in their own words; a developer's own settings must not change what they test.
unset OPENAI_API_KEY OPENAI_BASE_URL DATABASE_URL PORT DATA_DIR
export CRM_AI_CACHE="$cache"

# nextest does not run the examples in the documentation.
[ "$#" -gt 0 ] || cargo test --quiet --locked --workspace --doc
exec cargo nextest run --locked --workspace --no-fail-fast "$@"
