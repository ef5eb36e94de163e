#!/usr/bin/env bash
# The console's story in a browser against a demo of its own. Without a Chromium it is skipped, loudly.
# usage: scripts/story.sh [SHOTS]     (SHOTS: a folder for screenshots)
set -euo pipefail
# shellcheck source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=lib/tools.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/tools.sh"
# shellcheck source=lib/chromium.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/chromium.sh"

if ! find_chromium; then
  echo "SKIPPED: there is no Chromium here; the console was NOT tried in a browser. Install it with: $(install_hint chromium 'chromium --cask')"
  exit 0
fi
"$scripts/console.sh"
cd "$repo"
cargo build --quiet --locked --package crm-api
CHROMIUM="$chromium" exec python3 "$scripts/story.py" "${CARGO_TARGET_DIR:-target}/debug/crm-ai" "$@"
