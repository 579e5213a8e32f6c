/* See name_server.h. */
#include "tests/net/name_server.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/dns.h"
#include "tests/net/servers.h"

enum { TRY_MS = 20, TRIES = 500 };

const char *const name_server_algorithms[] = { "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384",
	"hmac-sha512", NULL };

static void
write_file(const char *name, const char *before, const char *each, const char *after)
{
	FILE *file = fopen(name, "w");

	cr_assert_not_null(file, "%s", name);
	fputs(before, file);
	for (size_t i = 0; name_server_algorithms[i] != NULL && each[0] != '\0'; i++)
		for (const char *p = each; *p != '\0'; p++)
			if (*p == '@')
				fputs(name_server_algorithms[i], file);
			else
				fputc(*p, file);
	fputs(after, file);
	cr_assert_eq(fclose(file), 0);
}

static void
write_zone(void)
{
	write_file("zone", "@ 60 SOA ns.invalid. hostmaster.invalid. 1 60 60 60 5\n@ 60 NS ns.invalid.\n", "", "");
}

static void
write_knot(unsigned port)
{
	char head[1024];

	write_zone();
	snprintf(head, sizeof head,
	    "server:\n  rundir: \".\"\n  pidfile: \"knot.pid\"\n  listen: 127.0.0.1@%u\n"
	    "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
	    "log:\n  - target: \"knot.log\"\n    any: info\n"
	    "database:\n  storage: \".\"\n  journal-db-mode: asynchronous\n  journal-db-max-size: 64M\n"
	    "  kasp-db-max-size: 5M\n  timer-db-max-size: 5M\n  catalog-db-max-size: 5M\nkey:\n", port);
	write_file("knot.conf", head, "  - id: @\n    algorithm: @\n    secret: " NAME_SERVER_SECRET "\n",
	    "acl:\n  - id: push\n    key: [hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512]\n"
	    "    action: update\n    update-type: [TXT]\n"
	    "template:\n  - id: default\n    storage: \".\"\n    file: \"zone\"\n    zonefile-sync: -1\n"
	    "    zonefile-load: difference-no-serial\n    journal-content: all\n    semantic-checks: soft\n"
	    "zone:\n  - domain: dcv.test\n    acl: push\n  - domain: locked.test\n");
}

#define GRANTS "grant hmac-sha1 subdomain %1$s TXT; grant hmac-sha224 subdomain %1$s TXT; " \
	"grant hmac-sha256 subdomain %1$s TXT; grant hmac-sha384 subdomain %1$s TXT; grant hmac-sha512 subdomain %1$s TXT;"

static void
write_bind(unsigned port)
{
	static const char *const zones[] = { "dcv.test", "quiet.test", "locked.test" };
	char head[1024], tail[4096] = "", grants[1024];
	size_t at = 0;

	/* each has its own file, for BIND puts a journal beside it */
	for (size_t i = 0; i < 3; i++) {
		write_zone();
		cr_assert_eq(rename("zone", zones[i]), 0);
		snprintf(grants, sizeof grants, "update-policy { " GRANTS " };", zones[i]);
		at += (size_t)snprintf(tail + at, sizeof tail - at,
		    "zone \"%s\" { type primary; file \"%s\"; %s %s };\n", zones[i], zones[i],
		    i < 2 ? grants : "", i == 1 ? "allow-query { key hmac-sha256; };" : "");
	}
	snprintf(head, sizeof head,
	    "options { directory \".\"; pid-file \"named.pid\"; session-keyfile \"session.key\";\n"
	    "listen-on port %u { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no;\n"
	    "notify no; allow-transfer { none; }; managed-keys-directory \".\"; };\ncontrols { };\n", port);
	write_file("named.conf", head, "key \"@\" { algorithm @; secret \"" NAME_SERVER_SECRET "\"; };\n", tail);
}

/* In a child: its words go to a file, and it ends with us. */
__attribute__((noreturn)) static void
become(const char *const *argv, pid_t parent, int in)
{
	FILE *log;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	log = fopen("server.out", "a");
	if (log == NULL || dup2(fileno(log), 1) < 0 || dup2(fileno(log), 2) < 0 || (in >= 0 && dup2(in, 0) < 0))
		_exit(126);
	close_range(3, ~0u, 0);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static pid_t
start(const char *const *argv, int in)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		become(argv, self, in);
	cr_assert_gt(pid, 0);
	return pid;
}

/* ---- until it serves ---------------------------------------------------------- */

struct waiting {
	struct loop *loop;
	struct dns *dns;
	struct timer *timer;
	pid_t pid;
	bool is_up;
	unsigned tries;
};

static void ask(void *arg);

static void
on_soa(void *arg, const struct dns_reply *reply, const struct err *err)
{
	struct waiting *w = arg;

	(void)err;
	if (waitpid(w->pid, NULL, WNOHANG) != 0) {	/* it is another's, if any */
		loop_stop(w->loop);
		return;
	}
	w->is_up = reply != NULL && reply->count > 0;
	if (w->is_up || ++w->tries == TRIES)
		loop_stop(w->loop);
	else
		timer_start(w->timer, TRY_MS, 0);
}

static void
ask(void *arg)
{
	struct waiting *w = arg;

	dns_ask_how(w->dns, "dcv.test", DNS_SOA, DNS_DIRECT, on_soa, w);
}

bool
name_server_has_bind(void)
{
	return access("/usr/sbin/named", X_OK) == 0;
}

/* Free for both a moment ago; somebody may be quicker than we are. */
static unsigned
free_port(void)
{
	unsigned port = 0;
	int tcp = server_socket(SOCK_STREAM, &port), udp = server_socket(SOCK_DGRAM, &port);

	cr_assert_geq(tcp, 0);
	close(tcp);
	if (udp >= 0)
		close(udp);
	return port;
}

static struct name_server
try_to_start(struct loop *loop, bool is_bind)
{
	struct name_server s = { .port = free_port(), .is_bind = is_bind };
	struct waiting w = { .loop = loop };
	char address[32];

	if (is_bind)
		write_bind(s.port);
	else
		write_knot(s.port);
	s.pid = start(is_bind ? (const char *const[]){ "/usr/sbin/named", "-f", "-n", "1", "-c", "named.conf", NULL }
	    : (const char *const[]){ "/usr/sbin/knotd", "-c", "knot.conf", NULL }, -1);
	snprintf(address, sizeof address, "127.0.0.1:%u", s.port);
	w.pid = s.pid;
	w.dns = dns_open(loop, address, NULL);
	w.timer = timer_new(loop, ask, &w);
	ask(&w);
	loop_run(loop);
	timer_free(w.timer);
	dns_close(w.dns);
	if (!w.is_up)
		s.pid = 0;
	return s;
}

struct name_server
name_server_start(struct loop *loop, bool is_bind)
{
	struct name_server s = { 0 };

	for (int tries = 0; tries < 3 && s.pid == 0; tries++)
		s = try_to_start(loop, is_bind);
	cr_assert_neq(s.pid, 0, "the name server did not start");
	return s;
}

static int
wait_for(pid_t pid)
{
	int status = -1;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

void
name_server_stop(struct name_server *s)
{
	kill(s->pid, SIGKILL);
	wait_for(s->pid);
	s->pid = 0;
}

bool
name_server_update(const struct name_server *s, const char *lines)
{
	FILE *file = fopen("update", "w+");
	pid_t pid;

	cr_assert_not_null(file);
	fprintf(file, "server 127.0.0.1 %u\nzone dcv.test.\n%s\nsend\n", s->port, lines);
	rewind(file);
	/* its key is one of a lab: it may be seen */
	pid = start((const char *const[]){ s->is_bind ? "nsupdate" : "knsupdate", "-y",
	    "hmac-sha256:hmac-sha256:" NAME_SERVER_SECRET, NULL }, fileno(file));
	fclose(file);
	return wait_for(pid) == 0;
}
