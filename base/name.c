/* DNS names as text. */
#include <arpa/inet.h>
#include <ctype.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/name.h"

#define MOST_NAME 253	/* RFC 1035 §2.3.4: 255 octets on the wire */
#define MOST_LABEL 63

static inline void
idn2_cleanup(char **s)
{
	idn2_free(*s);
}
#define auto_idn __attribute__((cleanup(idn2_cleanup))) char

/* An A-label is what its U-label encodes to (RFC 5890 §2.3.2.1); anything
 * else behind "xn--" is a label that two programs would read differently. */
static bool
is_a_label(const char *label)
{
	auto_idn *unicode = NULL;
	auto_idn *again = NULL;

	return idn2_to_unicode_8z8z(label, &unicode, 0) == IDN2_OK &&
	    idn2_to_ascii_8z(unicode, &again, IDN2_NFC_INPUT | IDN2_NO_TR46) == IDN2_OK &&
	    strcmp(again, label) == 0;
}

/* What is wrong with a lower-case label of 1 to 63 octets, NULL if nothing is. */
static const char *
fault_of_label(const char *label, bool service)
{
	size_t len = strlen(label);

	for (const char *p = label; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80)
			return "it has characters that are not ASCII; write the A-label, xn--…";
		if (!(isalnum((unsigned char)*p) || *p == '-' || (*p == '_' && service)))
			return "only letters, digits, hyphens and dots are allowed";
	}
	if (label[0] == '-' || label[len - 1] == '-')
		return "a label begins or ends with a hyphen";
	if (strncmp(label, "xn--", 4) == 0 && !is_a_label(label))
		return "a label that begins with xn-- is not valid";
	return NULL;
}

/* Would an address parser take this as the last part of an IPv4 address? */
static bool
is_number(const char *label)
{
	if (label[0] == '0' && label[1] == 'x')
		return label[2 + strspn(label + 2, "0123456789abcdef")] == '\0';
	return label[strspn(label, "0123456789")] == '\0';
}

/* `name` is lower case, without the final dot and the "*.". */
static const char *
fault_of_name(const char *name, bool service)
{
	for (;;) {
		char label[MOST_LABEL + 1] = "";
		size_t len = strcspn(name, ".");
		const char *fault;

		if (len == 0)
			return "a label is empty";
		if (len > MOST_LABEL)
			return "a label has more than 63 characters";
		memcpy(label, name, len);
		fault = fault_of_label(label, service);
		if (fault != NULL)
			return fault;
		if (name[len] == '\0')
			return is_number(label) ? "its last label is a number" : NULL;
		name += len + 1;
	}
}

const char *
name_canonical(struct arena *a, const char *text, struct name_rules rules, struct err *ret_err)
{
	size_t len = strnlen(text, MOST_NAME + 2);
	const char *fault;
	char *name;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0) {
		err_set(ret_err, ERR_dns_bad_name, "it is empty");
		return NULL;
	}
	if (len > MOST_NAME) {
		err_set(ret_err, ERR_dns_bad_name, "it has more than 253 characters");
		return NULL;
	}
	name = arena_strndup(a, text, len);
	if (name_is_ip(name)) {
		err_set(ret_err, ERR_dns_bad_name, "it is an IP address");
		return NULL;
	}
	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (name_is_wildcard(name) && !rules.wildcard) {
		err_set(ret_err, ERR_dns_bad_name, "a wildcard is not allowed here");
		return NULL;
	}
	fault = fault_of_name(name_is_wildcard(name) ? name + 2 : name, rules.service);
	if (fault != NULL) {
		err_set(ret_err, ERR_dns_bad_name, fault);
		return NULL;
	}
	return name;
}

/* The length without one final dot. */
static size_t
length(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

bool
name_equal(const char *x, const char *y)
{
	size_t len = length(x);

	return len == length(y) && strncasecmp(x, y, len) == 0;
}

bool
name_is_under(const char *name, const char *parent)
{
	size_t name_len = length(name), parent_len = length(parent);

	if (name_len <= parent_len || parent_len == 0)
		return name_equal(name, parent);
	name += name_len - parent_len;
	return name[-1] == '.' && strncasecmp(name, parent, parent_len) == 0;
}

bool
name_is_wildcard(const char *name)
{
	return name[0] == '*' && name[1] == '.';
}

const char *
name_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && dot[1] != '\0' ? dot + 1 : NULL;
}

bool
name_is_ip(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}
