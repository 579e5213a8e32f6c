/* The name server of the delegation domain, asked by the clients that people use: kdig, dig, delv. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "dcv/authority.h"
#include "io/dns_serve.h"
#include "io/watch.h"

TestSuite(authority_clients, .timeout = 120);

extern char **environ;

enum { SAID_MAX = 1 << 17 };
struct lab {
	struct loop *loop;
	struct board *board;
	struct zone_authority *authority;
	struct dns_serve *serve;
	char said[SAID_MAX];	/* by the last client */
	size_t len;
	bool has_ended;
};

static size_t
on_query(void *arg, const unsigned char *query, size_t len, const struct sockaddr *peer, bool is_tcp,
    int64_t now_ms, unsigned char *out)
{
	return authority_answer(arg, query, len, peer, is_tcp, now_ms, out);
}

static void
put_values(struct board *board, const char *hostname, size_t count)
{
	struct board_entry *entries = xcalloc(count, sizeof *entries);
	char (*values)[64] = xcalloc(count, sizeof *values);

	for (size_t i = 0; i < count; i++) {
		snprintf(values[i], sizeof values[i], "%04zu-abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJ", i);
		entries[i] = (struct board_entry){ BOARD_TXT, "cafe", values[i] };
	}
	board_put(board, hostname, entries, count);
	free(entries);
	free(values);
}

static struct lab *
lab_open(const char *address, unsigned per_second)
{
	static const char *const ids[] = { "cafe" };
	struct lab *lab = xcalloc(1, sizeof *lab);
	struct err err = { 0 };

	lab->loop = loop_new();
	lab->board = board_new();
	board_put_delegations(lab->board, ids, 1);
	put_values(lab->board, "shop.example.com", 2);
	put_values(lab->board, "busy.example.com", 300);
	board_set_ready(lab->board);
	lab->authority = authority_open(&(struct authority_options){ .domain = "dcv.test",
	    .nameservers = "ns1.dcv.test=192.0.2.1=2001:db8::1,ns2.other.net", .responses_per_second = per_second },
	    lab->board, &err);
	cr_assert_not_null(lab->authority, "%s", err.detail);
	lab->serve = dns_serve_open(lab->loop, address, on_query, lab->authority, &err);
	cr_assert_not_null(lab->serve, "%s", err.detail);
	return lab;
}

static void
lab_close(struct lab *lab)
{
	dns_serve_close(lab->serve);
	authority_close(lab->authority);
	board_free(lab->board);
	loop_free(lab->loop);
	free(lab);
}

/* ---- running a client ------------------------------------------------------------ */

static int from_client;

static void
on_said(void *arg, bool readable, bool writable)
{
	struct lab *lab = arg;
	ssize_t n = read(from_client, lab->said + lab->len, SAID_MAX - 1 - lab->len);

	(void)readable, (void)writable;
	if (n < 0 && errno == EAGAIN)
		return;
	lab->has_ended = n <= 0;
	lab->len += n > 0 ? (size_t)n : 0;
}

/* "kdig NAME TXT" with the server added; blanks part the arguments. */
static pid_t
start(struct lab *lab, const char *at, const char *command, int out)
{
	char words[512], server[64], port_option[] = "-p", port[16], *save, *argv[32] = { 0 };
	posix_spawn_file_actions_t actions;
	int argc = 0, failed;
	pid_t pid;

	cr_assert(strlen(command) < sizeof words);
	memcpy(words, command, strlen(command) + 1);
	snprintf(server, sizeof server, "@%s", at);
	snprintf(port, sizeof port, "%u", dns_serve_port(lab->serve));
	argv[argc++] = strtok_r(words, " ", &save);
	argv[argc++] = server;
	argv[argc++] = port_option;
	argv[argc++] = port;
	for (char *word; (word = strtok_r(NULL, " ", &save)) != NULL;)
		argv[argc++] = word;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, out, 2);
	failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	cr_assert_eq(failed, 0, "%s: %s (tools/install-packages installs it)", argv[0], strerror(failed));
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void
squeeze_blanks(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (!((*from == ' ' || *from == '\t') && to > text && to[-1] == ' '))
			*to++ = *from == '\t' ? ' ' : *from;
	*to = '\0';
}

/* All that the client says, each run of blanks as one. */
static const char *
run(struct lab *lab, const char *at, const char *command)
{
	struct watch *watch;
	int ends[2], status;
	pid_t pid;

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	pid = start(lab, at, command, ends[1]);
	close(ends[1]);
	from_client = ends[0];
	lab->len = 0;
	lab->has_ended = false;
	watch = watch_new(lab->loop, from_client, on_said, lab);
	for (watch_for(watch, true, false); !lab->has_ended;)
		loop_turn(lab->loop, true);
	watch_free(watch);
	close(from_client);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	lab->said[lab->len] = '\0';
	squeeze_blanks(lab->said);
	return lab->said;
}

#define SHOP "shop.example.com.cafe.dcv.test"
#define BUSY "busy.example.com.cafe.dcv.test"
#define VALUE(n) "\"" n "-abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJ\""
#define SOA(ttl) "dcv.test. " ttl " IN SOA ns1.dcv.test. hostmaster.dcv.test. 1 3600 600 604800 5"

/* What it must say; "!…" it must not. */
static const struct { const char *command, *said[6]; } commands[] = {
	{ "kdig " SHOP " TXT", { "status: NOERROR", "Flags: qr aa rd; QUERY: 1; ANSWER: 2; AUTHORITY: 0; ADDITIONAL: 0",
	    SHOP ". 60 IN TXT " VALUE("0000"), SHOP ". 60 IN TXT " VALUE("0001"), "(UDP)", "!WARNING" } },
	{ "kdig +norec +tcp " SHOP " TXT", { "Flags: qr aa; QUERY: 1; ANSWER: 2", VALUE("0001"), "(TCP)", "!WARNING" } },
	{ "kdig +edns +dnssec " SHOP " TXT", { "Version: 0; flags: do; UDP size: 1232 B; ext-rcode: NOERROR", VALUE("0001") } },
	{ "kdig +edns=1 " SHOP " TXT", { "status: BADVERS", "ext-rcode: BADVERS", "!" VALUE("0000") } },
	{ "dig sHoP.eXample.com.CAFE.dcv.TEST TXT", { "sHoP.eXample.com.CAFE.dcv.TEST. 60 IN TXT " VALUE("0000") } },
	{ "kdig " SHOP " A", { "status: NOERROR", "ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig " SHOP " ANY +notcp", { "ANSWER: 1", "60 IN HINFO \"RFC8482\" \"\"" } },
	{ "kdig cafe.dcv.test TXT", { "status: NOERROR", "ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig beef.dcv.test TXT", { "status: NXDOMAIN", "Flags: qr aa rd", "ANSWER: 0; AUTHORITY: 1", SOA("5") } },
	{ "kdig dcv.test SOA", { "ANSWER: 1; AUTHORITY: 0", SOA("60") } },
	{ "kdig dcv.test NS", { "ANSWER: 2; AUTHORITY: 0; ADDITIONAL: 2", "dcv.test. 60 IN NS ns1.dcv.test.",
	    "dcv.test. 60 IN NS ns2.other.net.", "ns1.dcv.test. 60 IN A 192.0.2.1", "ns1.dcv.test. 60 IN AAAA 2001:db8::1" } },
	{ "kdig ns1.dcv.test AAAA", { "ANSWER: 1", "ns1.dcv.test. 60 IN AAAA 2001:db8::1" } },
	{ "kdig example.com TXT", { "status: REFUSED", "Flags: qr rd; QUERY: 1; ANSWER: 0; AUTHORITY: 0" } },
	{ "kdig dcv.test AXFR", { "REFUSED", "!hostmaster" } },
	{ "kdig dcv.test IXFR=1", { "REFUSED", "!hostmaster" } },
	{ "kdig -c CH version.bind TXT", { "status: REFUSED" } },
	{ "kdig -t NOTIFY dcv.test", { "status: NOTIMPL" } },
	{ "kdig +padding=400 +nsid +cookie " SHOP " TXT", { "status: NOERROR", VALUE("0001"), "!NSID:", "!COOKIE:" } },
	/* too much for UDP: by TCP, and all of it */
	{ "kdig +ignore " BUSY " TXT", { "Flags: qr aa tc rd; QUERY: 1; ANSWER: 0", "(UDP)" } },
	{ "kdig " BUSY " TXT", { "ANSWER: 300", VALUE("0000"), VALUE("0299"), "(TCP)" } },
	{ "dig " BUSY " TXT", { "ANSWER: 300", VALUE("0000"), VALUE("0299"), "(TCP)", ";; Truncated, retrying in TCP mode" } },
	{ "dig " SHOP " TXT", { "status: NOERROR", "flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1",
	    "EDNS: version: 0, flags:; udp: 1232", VALUE("0000"), VALUE("0001"), "!MALFORMED" } },
	{ "dig +tcp +keepopen +noall +answer " SHOP " TXT dcv.test SOA", { VALUE("0001"), SOA("60") } },
	{ "dig +noedns " SHOP " TXT", { "ADDITIONAL: 0", VALUE("0001") } },
	{ "dig +bufsize=512 +ignore " BUSY " TXT", { "flags: qr aa tc rd; QUERY: 1, ANSWER: 0" } },
	{ "dig +edns=1 +noednsneg " SHOP " TXT", { "status: BADVERS", "EDNS: version: 0" } },
	{ "dig nobody.cafe.dcv.test TXT", { "status: NOERROR", "ANSWER: 0, AUTHORITY: 1", SOA("5") } },
	{ "dig beef.dcv.test TXT", { "status: NXDOMAIN", "ANSWER: 0, AUTHORITY: 1", SOA("5") } },
	{ "dig test SOA", { "status: REFUSED", "flags: qr rd;" } },
	{ "dig " SHOP " ANY +notcp", { "HINFO \"RFC8482\" \"\"" } },
	{ "dig +opcode=6 dcv.test SOA", { "status: NOTIMP" } },
	{ "dig +opcode=UPDATE dcv.test SOA", { "opcode: UPDATE, status: NOTIMP" } },
	{ "dig dcv.test AXFR", { "; Transfer failed.", "!hostmaster" } },
	{ "dig -y hmac-sha256:k:c2VjcmV0 " SHOP " TXT", { "expected a TSIG or SIG(0)", VALUE("0001") } },
	{ "delv -i " SHOP " TXT", { SHOP ". 60 IN TXT " VALUE("0000"), VALUE("0001"), "!resolution failed" } },
	{ "delv -i +tcp " BUSY " TXT", { VALUE("0000"), VALUE("0299") } },
	{ "delv -i " BUSY " TXT", { VALUE("0000"), VALUE("0299") } },
	{ "delv -i dcv.test SOA", { SOA("60") } },
	{ "delv -i dcv.test NS", { "dcv.test. 60 IN NS ns1.dcv.test.", "dcv.test. 60 IN NS ns2.other.net." } },
	{ "delv -i ns1.dcv.test A", { "ns1.dcv.test. 60 IN A 192.0.2.1" } },
	{ "delv -i " SHOP " A", { "resolution failed: ncache nxrrset" } },
	{ "delv -i beef.dcv.test TXT", { "resolution failed: ncache nxdomain" } },
	{ "delv -i example.net TXT", { "resolution failed: ", "!ncache" } },
};

static void
check(struct lab *lab, const char *at, size_t i)
{
	const char *said = run(lab, at, commands[i].command);

	for (size_t j = 0; j < 6 && commands[i].said[j] != NULL; j++) {
		const char *wanted = commands[i].said[j];
		bool is_wanted = *wanted != '!';

		cr_expect_eq(strstr(said, wanted + !is_wanted) != NULL, is_wanted, "%s: %s\n%s", commands[i].command, wanted, said);
	}
}

Test(authority_clients, every_kind_of_answer_is_understood)
{
	struct lab *lab = lab_open("127.0.0.1:0", 0);

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		check(lab, "127.0.0.1", i);
	lab_close(lab);
}

Test(authority_clients, ipv6_is_served_too)
{
	struct lab *lab;
	struct err err = { 0 };
	struct loop *loop = loop_new();
	struct dns_serve *probe = dns_serve_open(loop, "[::1]:0", on_query, NULL, &err);

	dns_serve_close(probe);
	loop_free(loop);
	if (probe == NULL)
		cr_skip_test("there is no IPv6 here");
	lab = lab_open("[::]:0", 0);
	for (size_t i = 0; i < 3; i++)
		check(lab, "::1", i);
	lab_close(lab);
}

/* Over the limit a client is sent to TCP, and gets what it wants. */
Test(authority_clients, the_rate_limit_sends_clients_to_tcp)
{
	struct lab *lab = lab_open("127.0.0.1:0", 1);
	const char *said = "";

	for (int i = 0; i < 8 && strstr(said, "(TCP)") == NULL; i++) {
		said = run(lab, "127.0.0.1", "kdig +retry=3 +timeout=1 " SHOP " TXT");
		cr_expect_not_null(strstr(said, VALUE("0001")), "%s", said);
	}
	cr_expect_not_null(strstr(said, "(TCP)"), "%s", said);
	lab_close(lab);
}
