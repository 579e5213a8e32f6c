/* The server's answers are put together as text and written by tests/kit/reply. */
#include "tests/net/fake_zone.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ldns/ldns.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "io/watch.h"
#include "tests/kit/reply.h"

enum { MAX_LINES = 32, MAX_LINE = 1024 };

struct fake_zone {
	const char *const *lines;
	bool authoritative;
	enum fake_zone_act act;
	int fd;
	unsigned port, asked;
	struct watch *watch;
};

struct answer_lines {
	char text[MAX_LINES][MAX_LINE];
	const char *answer[MAX_LINES + 1], *authority[2];
	size_t count;
};

static bool
has_owner(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(line, name, len) == 0 && line[len] == ' ';
}

static bool
exists(const struct fake_zone *z, const char *name)
{
	for (const char *const *l = z->lines; *l != NULL; l++)
		if (has_owner(*l, name))
			return true;
	return false;
}

/* The owner whose records stand for the name: itself, or a wildcard above. */
static const char *
owner_for(const struct fake_zone *z, const char *name, char wildcard[MAX_LINE])
{
	if (exists(z, name))
		return name;
	for (const char *dot = strchr(name, '.'); dot != NULL && dot[1] != '\0'; dot = strchr(dot + 1, '.')) {
		snprintf(wildcard, MAX_LINE, "*%s", dot);
		if (exists(z, wildcard))
			return wildcard;
		if (exists(z, dot + 1))
			return NULL;	/* the closest encloser has no wildcard */
	}
	return NULL;
}

static const char *
rest_of(const char *line)
{
	return strchr(line, ' ');
}

static bool
is_type(const char *line, const char *type)
{
	char with[32];

	snprintf(with, sizeof(with), " IN %s ", type);
	return strstr(line, with) != NULL;
}

/* Adds what is at the name; returns the target of a CNAME. */
static const char *
add_records(const struct fake_zone *z, struct answer_lines *a, const char *name, const char *type, bool *ret_exists)
{
	char wildcard[MAX_LINE];
	const char *owner = owner_for(z, name, wildcard), *target = NULL;

	*ret_exists = owner != NULL;
	for (const char *const *l = z->lines; owner != NULL && *l != NULL; l++) {
		bool is_alias = is_type(*l, "CNAME");

		if (!has_owner(*l, owner) || !(is_type(*l, type) || is_alias) || a->count == MAX_LINES)
			continue;
		snprintf(a->text[a->count], MAX_LINE, "%s%s", name, rest_of(*l));
		a->answer[a->count] = a->text[a->count];
		a->count++;
		if (is_alias && strcmp(type, "CNAME") != 0)
			target = strrchr(*l, ' ') + 1;
	}
	return target;
}

static void
add_soa(const struct fake_zone *z, struct answer_lines *a, const char *name)
{
	for (const char *dot = name; a->authority[0] == NULL; dot = strchr(dot, '.') + 1) {
		for (const char *const *l = z->lines; *l != NULL; l++)
			if (has_owner(*l, dot) && is_type(*l, "SOA"))
				a->authority[0] = *l;
		if (strchr(dot, '.') == NULL || strchr(dot, '.')[1] == '\0')
			return;
	}
}

static void
put_together(const struct fake_zone *z, const char *name, const char *type, struct reply_text *reply, struct answer_lines *a)
{
	bool is_there = false, has_any = false;
	const char *at = name;

	reply->authoritative = z->authoritative;
	for (int hops = 0; at != NULL && hops < 10; hops++) {
		size_t before = a->count;
		const char *next = add_records(z, a, at, type, &is_there);

		has_any = a->count > before;
		if (next == NULL)
			break;
		at = next;
	}
	if (!has_any || at == NULL)
		add_soa(z, a, at != NULL ? at : name);
	reply->rcode = is_there ? 0 : 3;
	reply->answer = a->answer;
	reply->authority = a->authority;
}

static bool
is_told(const struct fake_zone *z, const char *name, const char *what)
{
	for (const char *const *l = z->lines; *l != NULL; l++)
		if (has_owner(*l, name) && is_type(*l, what))
			return true;
	return false;
}

static void
answer(struct fake_zone *z, const unsigned char *query, size_t len, const struct sockaddr_in *from)
{
	struct answer_lines *a = xcalloc(1, sizeof(*a));
	struct reply_text reply = { .rcode = 5 };
	ldns_pkt *pkt = NULL;
	ldns_status status = ldns_wire2pkt(&pkt, query, len);
	const ldns_rr *question;
	char *name, *type;
	unsigned char *wire;
	size_t wire_len;

	assert(status == LDNS_STATUS_OK);
	question = ldns_rr_list_rr(ldns_pkt_question(pkt), 0);
	name = ldns_rdf2str(ldns_rr_owner(question));
	type = ldns_rr_type2str(ldns_rr_get_type(question));
	if (is_told(z, name, "SERVFAIL"))
		reply.rcode = 2;
	else if (z->act == ZONE_SERVES)
		put_together(z, name, type, &reply, a);
	wire_len = reply_wire(name, (unsigned)ldns_rr_get_type(question), ldns_pkt_id(pkt), &reply, &wire);
	if (!is_told(z, name, "SILENCE"))
		sendto(z->fd, wire, wire_len, 0, (const struct sockaddr *)from, sizeof(*from));
	free(wire);
	free(name);
	free(type);
	ldns_pkt_free(pkt);
	free(a);
}

static void
on_udp(void *arg, bool readable, bool writable)
{
	struct fake_zone *z = arg;
	unsigned char query[512];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n;

	(void)readable, (void)writable;
	while ((n = recvfrom(z->fd, query, sizeof(query), 0, (struct sockaddr *)&from, &from_len)) > 0) {
		z->asked++;
		if (z->act != ZONE_IS_SILENT)
			answer(z, query, (size_t)n, &from);
		from_len = sizeof(from);
	}
}

struct fake_zone *
fake_zone_new(struct loop *loop, const char *address, unsigned port, bool authoritative, const char *const *lines)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);
	struct fake_zone *z;

	inet_pton(AF_INET, address, &at.sin_addr);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		close(fd);
		return NULL;
	}
	getsockname(fd, (struct sockaddr *)&at, &len);
	z = xcalloc(1, sizeof(*z));
	z->fd = fd;
	z->port = ntohs(at.sin_port);
	z->lines = lines;
	z->authoritative = authoritative;
	z->watch = watch_new(loop, fd, on_udp, z);
	watch_for(z->watch, true, false);
	return z;
}

void
fake_zone_free(struct fake_zone *z)
{
	watch_free(z->watch);
	close(z->fd);
	free(z);
}

void
fake_zone_set_act(struct fake_zone *z, enum fake_zone_act act)
{
	z->act = act;
}

unsigned
fake_zone_port(const struct fake_zone *z)
{
	return z->port;
}

unsigned
fake_zone_asked(const struct fake_zone *z)
{
	return z->asked;
}
