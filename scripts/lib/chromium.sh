# The browser that drives the console's story: the distribution's Chromium, or the one that CHROMIUM names.

find_chromium() {
  local candidate
  for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    # Ubuntu's chromium is a doorway to a snap, which is not in every container: only one that runs will do.
    if [ -n "$candidate" ] && has "$candidate" && "$candidate" --version >/dev/null 2>&1; then
      chromium="$(command -v "$candidate")"
      return 0
    fi
  done
  return 1
}

# A machine without a browser still runs every other test; scripts/test.sh says what it leaves out.
setup_chromium() {
  find_chromium && return 0
  if ! is_root || ! has apt-get; then
    say "no Chromium: the console's story in a browser will be skipped; install it with: $(install_hint chromium 'chromium --cask')"
    return 0
  fi
  say "installing Chromium with the system's packages (apt-get install chromium)"
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1
  find_chromium || say "Chromium could not be installed: the console's story in a browser will be skipped"
}
