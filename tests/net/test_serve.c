/* io/serve, asked by io/http and by hand. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "io/serve.h"
#include "tests/net/servers.h"

TestSuite(serve, .timeout = 30);

enum { LATE_MAX = 64 };
struct lab {
	struct loop *loop;
	struct serve *serve;
	char host[300], path[2100];
	struct serve_request *late[LATE_MAX];
	size_t late_count, asked;
};

/* Paths that begin with /late are answered by the test. */
static void
on_request(void *arg, struct serve_request *request, const char *host, const char *path)
{
	struct lab *lab = arg;

	lab->asked++;
	snprintf(lab->host, sizeof(lab->host), "%s", host);
	snprintf(lab->path, sizeof(lab->path), "%s", path);
	if (strncmp(path, "/late", 5) == 0)
		lab->late[lab->late_count++] = request;
	else
		serve_answer(request, 200, "text/plain", "now");
}

static struct lab *
lab_new(void)
{
	struct lab *lab = xcalloc(1, sizeof(*lab));

	lab->loop = loop_new();
	lab->serve = serve_open(lab->loop, "127.0.0.1:0", on_request, lab, NULL);
	cr_assert_not_null(lab->serve);
	return lab;
}

static void
lab_free(struct lab *lab)
{
	serve_close(lab->serve);
	loop_free(lab->loop);
	free(lab);
}

static int
dial(const struct lab *lab, const char *text)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((unsigned short)serve_port(lab->serve)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	return fd;
}

/* Reads on until `until` has come, or the end. */
static char *
read_until(const struct lab *lab, int fd, const char *until)
{
	static char in[8192];
	size_t got = 0;
	ssize_t n;

	in[0] = '\0';
	while (strstr(in, until) == NULL) {
		n = recv(fd, in + got, sizeof(in) - 1 - got, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n > 0)
			in[got += (size_t)n] = '\0';
		else
			loop_turn(lab->loop, false);
	}
	return in;
}

static void
wait_for_late(struct lab *lab, size_t count)
{
	while (lab->late_count < count)
		loop_turn(lab->loop, true);
}

Test(serve, requests_have_their_answers)
{
	char long_path[2300] = "GET /";
	static const struct {
		const char *request, *begin, *end, *host, *path;	/* host NULL: the owner is not asked */
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: Shop.Example.COM:8080\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nnow", "shop.example.com", "/" },
		{ "GET /a%2Fb%00?c=d HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nnow", "[::1]", "/a%2Fb%00" },
		{ "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ", "\r\nContent-Length: 3\r\n\r\n", "a", "/x" },
		{ "GET /x HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nnow", "", "/x" },
		{ "GET /x HTTP/1.1\r\nHost: [::1\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nnow", "", "/x" },
		{ "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nnow", "a", "/x" },
		{ "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 405 ", "\r\nAllow: GET, HEAD\r\n", NULL, NULL },
		{ "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 ", "\r\n\r\nonly GET", NULL, NULL },
		{ "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 413 ", "\r\n\r\nno body", NULL, NULL },
		{ "GET /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 413 ", "\r\n\r\nno body", NULL, NULL },
	};
	struct lab *lab = lab_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t before = lab->asked;
		int fd = dial(lab, cases[i].request);
		char *reply = read_until(lab, fd, cases[i].end);

		cr_expect_eq(strncmp(reply, cases[i].begin, strlen(cases[i].begin)), 0, "%s: %s", cases[i].request, reply);
		cr_expect_not_null(strstr(reply, cases[i].end), "%s: %s", cases[i].request, reply);
		cr_expect_eq(lab->asked - before, cases[i].host != NULL, "%s", cases[i].request);
		if (cases[i].host != NULL) {
			cr_expect_str_eq(lab->host, cases[i].host, "%s", lab->host);
			cr_expect_str_eq(lab->path, cases[i].path, "%s", lab->path);
		}
		close(fd);
	}
	memset(long_path + 5, 'a', 2000);
	strncat(long_path, " HTTP/1.1\r\nHost: a\r\n\r\n", 100);
	int fd = dial(lab, long_path);
	cr_expect_eq(strncmp(read_until(lab, fd, "too long"), "HTTP/1.1 414 ", 13), 0);
	close(fd);
	lab_free(lab);
}

Test(serve, a_connection_serves_several_requests)
{
	struct lab *lab = lab_new();
	int fd = dial(lab, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /late HTTP/1.1\r\nHost: a\r\n\r\n");

	wait_for_late(lab, 1);
	cr_expect_not_null(strstr(read_until(lab, fd, "\r\n\r\nnow"), "\r\n\r\nnow"));
	serve_answer(lab->late[0], 404, "text/plain", "late");
	cr_expect_not_null(strstr(read_until(lab, fd, "\r\n\r\nlate"), "HTTP/1.1 404 "));
	cr_assert_eq(send(fd, "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n", 28, MSG_NOSIGNAL), 28);
	cr_expect_not_null(strstr(read_until(lab, fd, "\r\n\r\nnow"), "HTTP/1.1 200 "));
	close(fd);
	lab_free(lab);
}

Test(serve, late_answers_may_come_in_any_order)
{
	struct lab *lab = lab_new();
	int fds[20];

	for (size_t i = 0; i < 20; i++) {
		char request[64];

		snprintf(request, sizeof(request), "GET /late/%zu HTTP/1.1\r\nHost: a\r\n\r\n", i);
		fds[i] = dial(lab, request);
		wait_for_late(lab, i + 1);
	}
	for (size_t i = 20; i-- > 0;) {
		char body[32];

		snprintf(body, sizeof(body), "number %zu.", i);
		serve_answer(lab->late[i], 200, "text/plain", body);
		cr_expect_not_null(strstr(read_until(lab, fds[i], body), body));
		close(fds[i]);
	}
	lab_free(lab);
}

Test(serve, a_client_that_went_away_hurts_nobody)
{
	struct lab *lab = lab_new();
	int fd = dial(lab, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");

	wait_for_late(lab, 1);
	close(fd);
	for (int i = 0; i < 5; i++)
		loop_turn(lab->loop, false);
	serve_answer(lab->late[0], 200, "text/plain", "for nobody");
	for (int i = 0; i < 5; i++)
		loop_turn(lab->loop, false);
	fd = dial(lab, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	cr_expect_not_null(strstr(read_until(lab, fd, "\r\n\r\nnow"), "HTTP/1.1 200 "));
	close(fd);
	lab_free(lab);
}

Test(serve, closing_answers_503_and_takes_the_late_answer_too)
{
	struct lab *lab = lab_new();
	int first = dial(lab, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
	int second = dial(lab, "GET /late HTTP/1.1\r\nHost: b\r\n\r\n");
	char *reply;

	wait_for_late(lab, 2);
	close(second);	/* and one of the two is not there any more */
	serve_close(lab->serve);
	lab->serve = NULL;
	reply = read_until(lab, first, "stopping");
	cr_expect_eq(strncmp(reply, "HTTP/1.1 503 ", 13), 0, "%s", reply);
	serve_answer(lab->late[0], 200, "text/plain", "too late");
	serve_answer(lab->late[1], 200, "text/plain", "too late");
	close(first);
	lab_free(lab);
}

Test(serve, closing_after_an_answer_that_was_not_sent_yet_is_fine)
{
	struct lab *lab = lab_new();
	int fd = dial(lab, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");

	wait_for_late(lab, 1);
	serve_answer(lab->late[0], 200, "text/plain", "just in time");
	serve_close(lab->serve);
	lab->serve = NULL;
	cr_expect_not_null(strstr(read_until(lab, fd, "in time"), "just in time"));
	close(fd);
	lab_free(lab);
}

Test(serve, an_address_that_cannot_be_had_is_a_bad_option)
{
	static const char *const bad[] = { "", "localhost:80", "127.0.0.1:99999", "192.0.2.1:0", NULL };
	struct lab *lab = lab_new();
	char taken[32];

	snprintf(taken, sizeof(taken), "127.0.0.1:%u", serve_port(lab->serve));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };

		cr_expect_null(serve_open(lab->loop, bad[i] != NULL ? bad[i] : taken, on_request, lab, &err));
		cr_expect_str_eq(err.code, "bad_option");
		cr_expect_not_null(err.detail);
	}
	lab_free(lab);
}
