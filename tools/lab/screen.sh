# What the demo shows.  On a terminal: a table that is redrawn in place, and
# below it the latest news.  Elsewhere: a line for each change.  Sourced by
# tools/lab/demo.

LC_ALL=C.UTF-8
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then live=yes; else live=; fi
if [ -n "$live" ] && [ -z "${NO_COLOR-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' cyan=$'\e[36m' plain=$'\e[0m'
else
	bold= dim= red= green= yellow= cyan= plain=
fi

started=$EPOCHREALTIME
news=()			# lines of the lower part
drawn=0			# lines that stand on the terminal since the last redraw
declare -A last		# what was shown of each hostname, when not live

phases=(initializing pending_validation pending_issuance pending_deployment active)

# Seconds since the start, in tenths without a point.
tenths() { local now=${EPOCHREALTIME/./} then=${started/./}; echo $(((now - then) / 100000)); }
clock() { local t; t=$(tenths); printf '%d:%02d' $((t / 600)) $((t / 10 % 60)); }

# tell COLOUR MARK TEXT: one piece of news, 79 columns at most.
tell()
{
	local line
	line=$(printf '%5s  %s %.69s' "$(clock)" "$2" "$3")
	if [ -n "$live" ]; then news+=("$1$line$plain"); else printf '%s\n' "$line"; fi
}

tell_step() { tell "$cyan" '▸' "$1"; }
tell_event() { tell "$(case $1 in *fail*) echo "$yellow";; *) echo "$green";; esac)" '•' "$1"; }
tell_trouble() { tell "$red" '✗' "$1"; }

# How far a certificate is, as five squares.
squares()
{
	local i done=0 text=
	for i in "${!phases[@]}"; do [ "${phases[i]}" != "$1" ] || done=$((i + 1)); done
	for i in 1 2 3 4 5; do if [ "$i" -le "$done" ]; then text+=■; else text+=□; fi; done
	echo "$text"
}

colour_of() { case $1 in active) echo "$green";; pending* | initializing) echo "$yellow";; *) echo "$red";; esac; }

# draw_row HOSTNAME STATUS SSL_STATUS NEXT
draw_row()
{
	local mark=○
	[ "$2" != active ] || mark=●
	printf '  %-20s %s%s %-8s%s %s%s %-18s%s %s%.20s%s\e[K\n' "$1" "$(colour_of "$2")" "$mark" "$2" "$plain" \
		"$(colour_of "$3")" "$(squares "$3")" "$3" "$plain" "$dim" "$4" "$plain"
}

# draw TITLE ROWS...: rows are "hostname|status|ssl_status|next".
draw()
{
	local title=$1 row hostname status ssl next text room rows
	shift
	rows=$(stty size < /dev/tty 2> /dev/null | cut -d ' ' -f 1)
	room=$((${rows:-24} - $# - 6))
	room=$((room < 3 ? 3 : room > 12 ? 12 : room))
	text=$(
		printf '%s%-73s%s%5s%s\e[K\n\e[K\n' "$bold" "$title" "$plain$dim" "$(clock)" "$plain"
		printf '  %s%-20s %-10s %-24s %s%s\e[K\n' "$dim" HOSTNAME OWNERSHIP CERTIFICATE NEXT "$plain"
		for row in "$@"; do
			IFS='|' read -r hostname status ssl next <<< "$row"
			draw_row "$hostname" "$status" "$ssl" "$next"
		done
		printf '\e[K\n'
		for row in "${news[@]: -$((${#news[@]} < room ? ${#news[@]} : room))}"; do printf '%s\e[K\n' "$row"; done
		printf '\e[J.'
	)
	[ "$drawn" = 0 ] || printf '\r\e[%dA' "$drawn"
	printf '%s' "${text%.}"
	drawn=$(grep -c '' <<< "${text%.}")
	drawn=$((drawn - 1))
}

# The same without a terminal: what has changed since the last time.
print_changes()
{
	local row hostname status ssl next
	for row in "$@"; do
		IFS='|' read -r hostname status ssl next <<< "$row"
		[ "${last[$hostname]-}" != "$status $ssl" ] || continue
		last[$hostname]="$status $ssl"
		printf '%5s    %-20s %-8s %s\n' "$(clock)" "$hostname" "$status" "$ssl"
	done
}

show() { if [ -n "$live" ]; then draw "$@"; else shift; print_changes "$@"; fi; }

hide_cursor() { [ -z "$live" ] || printf '\e[?25l'; }
show_cursor() { [ -z "$live" ] || printf '\e[?25h'; }

# check STATUS TEXT: a line of the summary; counts what is not so.
failures=0
check()
{
	if [ "$1" = 0 ]; then printf '  %s✓%s %s\n' "$green" "$plain" "$2"
	else printf '  %s✗%s %s\n' "$red" "$plain" "$2"; failures=$((failures + 1)); fi
}
