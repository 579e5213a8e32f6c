/* Timestamps of RFC 3339, as a CA writes them. */
#include <ctype.h>
#include <string.h>
#include <time.h>
#include "acme/read.h"

/* `width` digits at *text, which then points behind them; -1: there are none. */
static int
digits(const char **text, int width)
{
	int n = 0;

	for (; width > 0; width--, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return -1;
		n = 10 * n + (**text - '0');
	}
	return n;
}

/* Takes one of the characters `any` if it is next. */
static bool
takes(const char **text, const char *any)
{
	if (**text == '\0' || strchr(any, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

/* "Z", "+01:00", "-00:30": *ret is what must be subtracted, in seconds. */
static bool
read_zone(const char *text, int *ret)
{
	bool is_west = *text == '-';
	int hour, minute;

	*ret = 0;
	if (takes(&text, "Zz"))
		return *text == '\0';
	if (!takes(&text, "+-") || (hour = digits(&text, 2)) < 0 || !takes(&text, ":") ||
	    (minute = digits(&text, 2)) < 0 || hour > 23 || minute > 59 || *text != '\0')
		return false;
	*ret = (is_west ? -1 : 1) * (hour * 3600 + minute * 60);
	return true;
}

bool
read_time(const char *text, int64_t *ret)
{
	struct tm t = { 0 };
	int zone;

	if ((t.tm_year = digits(&text, 4)) < 1970 || !takes(&text, "-") ||
	    (t.tm_mon = digits(&text, 2)) < 1 || t.tm_mon > 12 || !takes(&text, "-") ||
	    (t.tm_mday = digits(&text, 2)) < 1 || t.tm_mday > 31 || !takes(&text, "Tt ") ||
	    (t.tm_hour = digits(&text, 2)) < 0 || t.tm_hour > 23 || !takes(&text, ":") ||
	    (t.tm_min = digits(&text, 2)) < 0 || t.tm_min > 59 || !takes(&text, ":") ||
	    (t.tm_sec = digits(&text, 2)) < 0 || t.tm_sec > 60)
		return false;
	if (takes(&text, ".")) {
		if (digits(&text, 1) < 0)
			return false;
		text += strspn(text, "0123456789");
	}
	if (!read_zone(text, &zone))
		return false;
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	*ret = (int64_t)timegm(&t) - zone;
	return true;
}
