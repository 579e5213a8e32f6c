# For the checks: what the project's own C files are.  Sourced; leaves the
# working directory at the root.  A check prints "file:line: sentence" for
# each finding and ends with 1 if there was one.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
export LC_ALL=C.UTF-8

floors=(base io scheduler dcv acme webhooks edge cli)

files_in() { find "$@" -name '*.[ch]' -type f 2> /dev/null | sort; }
mapfile -t sources < <(files_in "${floors[@]}")
mapfile -t tests < <(files_in tests)

code() { awk -f tools/check/code.awk "$@"; }

# findings: passes on what it reads, and ends with 1 if that was anything.
findings() { ! grep .; }
