# C without what a search must not find: "file:line: code" for each line that
# is not empty.  Comments are gone; strings are "" unless keep=strings, which
# prints the strings and nothing else.
FNR == 1 { comment = 0 }
{
	out = ""; strings = ""; rest = $0
	while (rest != "") {
		if (comment) {
			if (!(i = index(rest, "*/"))) break
			rest = substr(rest, i + 2); comment = 0
		} else if (match(rest, /^\/\*/)) {
			comment = 1; rest = substr(rest, 3)
		} else if (match(rest, /^\/\//)) {
			break
		} else if (match(rest, /^"([^"\\]|\\.)*"/)) {
			# the path of an #include is code
			if (out ~ /^[ \t]*#[ \t]*include/) out = out substr(rest, 1, RLENGTH)
			else { out = out "\"\""; strings = strings " " substr(rest, 1, RLENGTH) }
			rest = substr(rest, RLENGTH + 1)
		} else if (match(rest, /^'([^'\\]|\\.)+'/)) {
			out = out "''"; rest = substr(rest, RLENGTH + 1)
		} else {
			out = out substr(rest, 1, 1); rest = substr(rest, 2)
		}
	}
	if (keep == "strings") out = strings
	if (out ~ /[^ \t]/) print FILENAME ":" FNR ": " out
}
