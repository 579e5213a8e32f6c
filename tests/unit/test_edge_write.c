/* What is on disk after each act of a deployment, killed ones and attacked
 * ones too.  A temporary directory stands for the edge's. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/file.h"
#include "edge/link.h"
#include "edge/write.h"
#include "tests/kit/folder.h"

#define ID	"7a0f8c52-5b0e-4a39-8a0e-6b0d7a3f1c11"
#define OTHER	"0b6f2a4e-1d43-4b6a-9d33-0f5d1f1c2a77"
#define SHOP	"by-name/shop.example.com"
#define WILD	"by-name/_wildcard.shop.example.com"

static char base[64];		/* the edge directory and its parent's other things */
static int root = -1;
static struct arena *arena;

static void
set_up(void)
{
	struct err err = { 0 };

	umask(0077);		/* the modes must not depend on it */
	folder_enter(base);
	cr_assert_eq(mkdir("edge", 0755), 0);
	cr_assert_eq(mkdir("elsewhere", 0755), 0);
	arena = arena_new(64 << 20);
	root = write_open_root("edge", arena, &err);
	cr_assert_geq(root, 0, "%s", err.detail);
}

static void
tear_down(void)
{
	close(root);
	arena_free(arena);
	folder_leave(base);
}

TestSuite(edge_write, .init = set_up, .fini = tear_down);

/* ---- verbs and predicates of the tests -------------------------------------- */

/* A pack whose texts say what they are: "<id> <version> ecdsa certificate". */
static struct pack
pack_of(const char *id, const char *version, bool wildcard)
{
	static const char *const kinds[PACK_KINDS] = { "ecdsa", "rsa" };
	struct edge_question q = { .certificate_id = id, .version = version,
		.hostname = "shop.example.com", .wildcard = wildcard };
	struct pack p;
	struct err err = { 0 };

	cr_assert(pack_name(&p, arena, &q, &err), "%s", err.detail);
	for (size_t i = 0; i < PACK_KINDS; i++) {
		char *key = arena_printf(arena, "%s %s %s key\n", id, version, kinds[i]);

		p.pairs[i].chain = arena_printf(arena, "%s %s %s certificate\n", id, version, kinds[i]);
		p.pairs[i].key = (struct secret){ (unsigned char *)key, strlen(key) };
	}
	return p;
}

static void
put(const struct pack *p)
{
	struct err err = { 0 };

	cr_assert(write_version(root, p, arena, &err), "%s", err.detail);
	cr_assert(link_swap(root, p, arena, &err), "%s", err.detail);
}

static void
prove(const struct pack *p)
{
	struct err err = { 0 };
	uint64_t before = link_before(root, p, arena);

	cr_assert(link_settle(root, p, arena, &err), "%s", err.detail);
	cr_assert(write_tidy(root, p, before, arena, &err), "%s", err.detail);
}

static const char *
read_text(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

	if (fd >= 0)
		close(fd);
	return n < 0 ? NULL : arena_strndup(arena, text, (size_t)n);
}

/* Does the live path of `name` serve this certificate's version? */
static bool
serves(const char *name, const char *id, const char *version)
{
	static const char *const files[] = { "ecdsa.crt", "ecdsa.key", "rsa.crt", "rsa.key" };
	const char *says = arena_printf(arena, "%s %s ", id, version);

	for (size_t i = 0; i < 4; i++) {
		const char *text = read_text(arena_printf(arena, "edge/%s/%s", name, files[i]));

		if (text == NULL || strncmp(text, says, strlen(says)) != 0)
			return false;
	}
	return true;
}

static size_t
entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n >= 2 ? n - 2 : 0;
}

static mode_t
mode_of(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 ? s.st_mode & 07777 : 0;
}

static ino_t
inode_of(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 ? s.st_ino : 0;
}

/* ---- the layout -------------------------------------------------------------- */

Test(edge_write, a_pack_is_laid_out_as_documented)
{
	struct pack p = pack_of(ID, "7", false);
	char target[256] = "";

	put(&p);
	cr_expect(serves("versions/" ID "-7", ID, "7"));
	cr_expect(serves(SHOP, ID, "7"));
	cr_expect_gt(readlink("edge/" SHOP, target, sizeof target - 1), 0);
	cr_expect_str_eq(target, "../versions/" ID "-7");
	cr_expect_eq(mode_of("edge/" SHOP "/ecdsa.key"), 0600);
	cr_expect_eq(mode_of("edge/" SHOP "/rsa.key"), 0600);
	cr_expect_eq(mode_of("edge/" SHOP "/ecdsa.crt"), 0644);
	cr_expect_eq(mode_of("edge/" SHOP "/rsa.crt"), 0644);
	cr_expect_eq(mode_of("edge/versions/" ID "-7"), 0755);
	cr_expect_eq(mode_of("edge/versions"), 0755);
	cr_expect_eq(entries("edge/" SHOP), 4);
	cr_expect_not(folder_has("edge/" WILD));
}

Test(edge_write, a_wildcard_pack_has_a_second_link)
{
	struct pack p = pack_of(ID, "1", true);

	put(&p);
	cr_expect(serves(SHOP, ID, "1"));
	cr_expect(serves(WILD, ID, "1"));
}

Test(edge_write, a_wildcard_link_goes_when_the_next_version_has_none)
{
	struct pack wild = pack_of(ID, "1", true), plain = pack_of(ID, "2", false);

	put(&wild);
	prove(&wild);
	put(&plain);
	cr_expect(serves(WILD, ID, "1"), "not before the new one is proven");
	prove(&plain);
	cr_expect_not(folder_has("edge/" WILD));
	cr_expect(serves(SHOP, ID, "2"));
}

Test(edge_write, a_pack_of_one_key_type_has_only_its_files)
{
	struct pack both = pack_of(ID, "1", false), one = pack_of(ID, "1", false);

	put(&both);
	one.pairs[PACK_RSA] = (struct pack_pair){ 0 };
	put(&one);
	cr_expect(folder_has("edge/" SHOP "/ecdsa.key"));
	cr_expect_not(folder_has("edge/" SHOP "/rsa.crt"));
	cr_expect_not(folder_has("edge/" SHOP "/rsa.key"));
}

/* ---- asked again, killed, damaged --------------------------------------------- */

Test(edge_write, the_same_pack_again_changes_nothing)
{
	struct pack p = pack_of(ID, "3", false);
	ino_t folder, key;

	put(&p);
	folder = inode_of("edge/versions/" ID "-3");
	key = inode_of("edge/versions/" ID "-3/rsa.key");
	for (int i = 0; i < 2; i++) {
		put(&p);
		cr_expect_eq(inode_of("edge/versions/" ID "-3"), folder);
		cr_expect_eq(inode_of("edge/versions/" ID "-3/rsa.key"), key);
		prove(&p);
	}
	cr_expect(serves(SHOP, ID, "3"));
}

Test(edge_write, what_a_killed_writer_left_is_done_again)
{
	struct pack p = pack_of(ID, "3", false);

	cr_assert_eq(mkdir("edge/versions", 0755), 0);
	cr_assert_eq(mkdir("edge/versions/.new-" ID "-3", 0755), 0);
	cr_assert_eq(symlink("nowhere", "edge/versions/.new-" ID "-3/rsa.key"), 0);
	close(creat("edge/versions/.new-" ID "-3/ecdsa.key", 0600));
	put(&p);
	cr_expect(serves(SHOP, ID, "3"));
	cr_expect_not(folder_has("edge/versions/.new-" ID "-3"));
}

static const struct damage {
	const char *sentence, *file, *text;	/* text NULL: the file is missing */
	mode_t mode;
} damages[] = {
	{ "a half certificate", "ecdsa.crt", ID " 3 ecd", 0644 },
	{ "another key of the same length", "rsa.key", ID " 3 rsa kez\n", 0600 },
	{ "a key that others may read", "rsa.key", ID " 3 rsa key\n", 0644 },
	{ "a missing key", "ecdsa.key", NULL, 0 },
	{ "an empty certificate", "rsa.crt", "", 0644 },
};

Test(edge_write, a_damaged_version_is_written_again_in_one_step)
{
	struct pack p = pack_of(ID, "3", false);

	put(&p);
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		const struct damage *d = &damages[i];
		const char *path = arena_printf(arena, "edge/" SHOP "/%s", d->file);
		ino_t before = inode_of("edge/versions/" ID "-3");
		int fd;

		cr_assert_eq(unlink(path), 0);
		if (d->text != NULL) {
			fd = creat(path, 0600);
			cr_assert_eq(write(fd, d->text, strlen(d->text)), (ssize_t)strlen(d->text));
			cr_assert_eq(fchmod(fd, d->mode), 0);
			close(fd);
		}
		put(&p);
		cr_expect(serves(SHOP, ID, "3"), "%s", d->sentence);
		cr_expect_neq(inode_of("edge/versions/" ID "-3"), before, "%s: in a new folder", d->sentence);
		cr_expect_eq(mode_of("edge/" SHOP "/rsa.key"), 0600, "%s", d->sentence);
		cr_expect_not(folder_has("edge/versions/.new-" ID "-3"), "%s", d->sentence);
	}
}

Test(edge_write, a_full_disk_leaves_the_old_pair_live)
{
	struct pack old = pack_of(ID, "1", false), new = pack_of(ID, "2", false);
	struct rlimit before, none = { 8, 8 };
	struct err err = { 0 };

	put(&old);
	prove(&old);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	none.rlim_max = before.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	bool ok = write_version(root, &new, arena, &err);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	cr_expect_not(ok);
	cr_expect_str_eq(err.code, "edge_disk");
	cr_expect_not_null(strstr(err.detail, "ecdsa.crt"), "%s", err.detail);
	cr_expect(serves(SHOP, ID, "1"));
	cr_expect_not(folder_has("edge/versions/" ID "-2"));
	put(&new);
	cr_expect(serves(SHOP, ID, "2"), "and later it goes on");
}

/* ---- versions ------------------------------------------------------------------ */

Test(edge_write, a_version_below_the_live_one_is_refused)
{
	struct pack two = pack_of(ID, "10", true), one = pack_of(ID, "9", true);
	struct err err = { 0 };

	put(&two);
	cr_assert(write_version(root, &one, arena, &err));
	cr_expect_not(link_swap(root, &one, arena, &err));
	cr_expect_str_eq(err.code, "edge_stale");
	cr_expect(serves(SHOP, ID, "10"));
	cr_expect(serves(WILD, ID, "10"));
}

Test(edge_write, another_certificate_may_have_a_lower_version)
{
	struct pack old = pack_of(OTHER, "10", false), new = pack_of(ID, "1", false);

	put(&old);
	prove(&old);
	put(&new);
	prove(&new);
	cr_expect(serves(SHOP, ID, "1"));
	cr_expect(serves("versions/" OTHER "-10", OTHER, "10"), "it is removed by its own question");
}

Test(edge_write, the_version_before_is_kept_and_older_ones_go)
{
	static const char *const versions[] = { "1", "2", "5", "6" };

	for (size_t i = 0; i < 4; i++) {
		struct pack p = pack_of(ID, versions[i], false);

		put(&p);
		prove(&p);
	}
	cr_expect_not(folder_has("edge/versions/" ID "-1"));
	cr_expect_not(folder_has("edge/versions/" ID "-2"));
	cr_expect(serves("versions/" ID "-5", ID, "5"));
	cr_expect(serves(SHOP, ID, "6"));
	cr_expect_eq(entries("edge/versions"), 3, "two versions and their list");
}

/* ---- back ---------------------------------------------------------------------- */

static bool
goes_back(const struct pack *p)
{
	struct err err = { 0 };
	bool changed = false;

	cr_assert(link_swap_back(root, p, arena, &changed, &err), "%s", err.detail);
	return changed;
}

Test(edge_write, what_was_not_proven_goes_back_to_what_was_before)
{
	struct pack old = pack_of(OTHER, "4", true), new = pack_of(ID, "1", true);

	put(&old);
	prove(&old);
	put(&new);
	put(&new);	/* killed in between, asked again: what was before is still known */
	cr_expect(goes_back(&new));
	cr_expect(serves(SHOP, OTHER, "4"));
	cr_expect(serves(WILD, OTHER, "4"));
	cr_expect_not(goes_back(&new), "only once");
}

Test(edge_write, the_first_pack_of_a_name_goes_back_to_nothing)
{
	struct pack p = pack_of(ID, "1", true);
	struct err err = { 0 };

	put(&p);
	cr_expect(goes_back(&p));
	cr_expect_not(folder_has("edge/" SHOP));
	cr_expect_not(folder_has("edge/" WILD));
	cr_expect(write_drop(root, &p, arena, &err));
	cr_expect_eq(entries("edge/versions"), 0);
	cr_expect_eq(entries("edge/by-name"), 0);
}

Test(edge_write, what_was_proven_once_does_not_go_back)
{
	struct pack old = pack_of(ID, "1", false), new = pack_of(ID, "2", false);

	put(&old);
	prove(&old);
	put(&new);
	prove(&new);
	put(&new);
	cr_expect_not(goes_back(&new));
	cr_expect(serves(SHOP, ID, "2"));
}

Test(edge_write, who_lost_the_name_meanwhile_does_not_take_it_back)
{
	struct pack old = pack_of(ID, "1", false), new = pack_of(OTHER, "1", false);

	put(&old);
	put(&new);
	cr_expect_not(goes_back(&old));
	cr_expect(serves(SHOP, OTHER, "1"));
}

Test(edge_write, a_version_that_did_not_prove_itself_is_not_the_one_before)
{
	struct pack one = pack_of(ID, "1", false), two = pack_of(ID, "2", false), three = pack_of(ID, "3", false);

	put(&one);
	prove(&one);
	put(&two);
	cr_expect(goes_back(&two));
	put(&three);
	prove(&three);
	cr_expect(serves("versions/" ID "-1", ID, "1"));
	cr_expect_not(folder_has("edge/versions/" ID "-2"));
	prove(&three);
	cr_expect(serves("versions/" ID "-1", ID, "1"), "asked again, what was before is no longer noted");
}

/* ---- removal ------------------------------------------------------------------- */

Test(edge_write, a_removed_certificate_leaves_nothing)
{
	struct pack one = pack_of(ID, "1", true), two = pack_of(ID, "2", true);
	struct err err = { 0 };
	bool changed;

	put(&one);
	prove(&one);
	put(&two);
	prove(&two);
	cr_expect(link_remove(root, &one, arena, &changed, &err), "whichever version is asked");
	cr_expect(changed);
	cr_expect(write_has_versions(root, &one, arena));
	cr_expect(write_remove(root, &one, arena, &err));
	cr_expect_not(write_has_versions(root, &one, arena));
	cr_expect_eq(entries("edge/versions"), 0);
	cr_expect_eq(entries("edge/by-name"), 0);
	cr_expect(link_remove(root, &one, arena, &changed, &err), "and again");
	cr_expect_not(changed);
}

Test(edge_write, the_removal_of_an_old_certificate_leaves_the_new_one)
{
	struct pack old = pack_of(OTHER, "4", false), new = pack_of(ID, "1", false);
	struct err err = { 0 };
	bool changed;

	put(&old);
	prove(&old);
	put(&new);
	prove(&new);
	cr_expect(link_remove(root, &old, arena, &changed, &err));
	cr_expect_not(changed);
	cr_expect(write_remove(root, &old, arena, &err));
	cr_expect(serves(SHOP, ID, "1"));
	cr_expect_not(folder_has("edge/versions/" OTHER "-4"));
}

/* ---- attacks ------------------------------------------------------------------- */

static const struct bad_name {
	const char *sentence, *id, *version, *hostname;
} bad_names[] = {
	{ "a path as hostname", ID, "1", "../../etc/passwd" },
	{ "dots as hostname", ID, "1", ".." },
	{ "a slash in the hostname", ID, "1", "shop/x.example.com" },
	{ "an empty hostname", ID, "1", "" },
	{ "capitals in the hostname", ID, "1", "Shop.example.com" },
	{ "a final dot", ID, "1", "shop.example.com." },
	{ "a name that looks like a wildcard's link", ID, "1", "_wildcard.example.com" },
	{ "a wildcard as hostname", ID, "1", "*.example.com" },
	{ "a newline in the hostname", ID, "1", "shop.example.com\nx" },
	{ "an id that is no uuid", "../../../../../../../../../../etc/pas", "1", "shop.example.com" },
	{ "a short id", "7a0f8c52", "1", "shop.example.com" },
	{ "a long id", ID "0", "1", "shop.example.com" },
	{ "an id in capitals", "7A0F8C52-5B0E-4A39-8A0E-6B0D7A3F1C11", "1", "shop.example.com" },
	{ "a version that is a path", ID, "1/../../x", "shop.example.com" },
	{ "an empty version", ID, "", "shop.example.com" },
	{ "a negative version", ID, "-1", "shop.example.com" },
	{ "version 0", ID, "0", "shop.example.com" },
	{ "two spellings of a version", ID, "01", "shop.example.com" },
	{ "a version that overflows", ID, "99999999999999999999", "shop.example.com" },
};

Test(edge_write, a_name_that_could_lead_elsewhere_is_refused)
{
	for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++) {
		const struct bad_name *b = &bad_names[i];
		struct edge_question q = { .certificate_id = b->id, .version = b->version, .hostname = b->hostname };
		struct pack p;
		struct err err = { 0 };

		cr_expect_not(pack_name(&p, arena, &q, &err), "%s", b->sentence);
		cr_expect_str_eq(err.code, "edge_bad_pack", "%s", b->sentence);
	}
}

static const struct trap {
	const char *sentence, *at;	/* where a link to ../elsewhere or a file is put */
	bool is_file;
} traps[] = {
	{ "versions is a link", "edge/versions", false },
	{ "by-name is a link", "edge/by-name", false },
	{ "versions is a file", "edge/versions", true },
	{ "by-name is a file", "edge/by-name", true },
};

Test(edge_write, nothing_is_written_through_a_link_in_place_of_a_directory)
{
	for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++) {
		const struct trap *t = &traps[i];
		struct pack p = pack_of(ID, "1", false);
		struct err err = { 0 };

		folder_remove("edge/versions");
		folder_remove("edge/by-name");
		if (t->is_file)
			close(creat(t->at, 0644));
		else
			cr_assert_eq(symlink("../elsewhere", t->at), 0);
		cr_expect_not(write_version(root, &p, arena, &err) && link_swap(root, &p, arena, &err),
		    "%s", t->sentence);
		cr_expect_str_eq(err.code, "edge_disk", "%s", t->sentence);
		cr_expect_eq(entries("elsewhere"), 0, "%s", t->sentence);
		cr_expect_eq(unlink(t->at), 0, "%s", t->sentence);
	}
}

Test(edge_write, a_link_in_place_of_a_version_is_replaced_and_not_followed)
{
	struct pack p = pack_of(ID, "1", false);

	cr_assert_eq(mkdir("edge/versions", 0755), 0);
	cr_assert_eq(symlink("../../elsewhere", "edge/versions/" ID "-1"), 0);
	put(&p);
	cr_expect(serves(SHOP, ID, "1"));
	cr_expect_eq(entries("elsewhere"), 0);
}

Test(edge_write, a_key_file_that_is_a_link_is_not_followed)
{
	struct pack p = pack_of(ID, "1", false);

	put(&p);
	cr_assert_eq(rename("edge/" SHOP "/rsa.key", "elsewhere/rsa.key"), 0);
	cr_assert_eq(symlink("../../../elsewhere/rsa.key", "edge/versions/" ID "-1/rsa.key"), 0);
	put(&p);
	cr_expect(serves(SHOP, ID, "1"));
	cr_expect_eq(unlink("elsewhere/rsa.key"), 0, "it is untouched");
	cr_expect(serves(SHOP, ID, "1"), "and not what is served");
}

Test(edge_write, what_the_operator_put_in_place_of_a_link_is_not_overwritten)
{
	struct pack p = pack_of(ID, "1", false);
	struct err err = { 0 };

	cr_assert_eq(mkdir("edge/by-name", 0755), 0);
	close(creat("edge/" SHOP, 0644));
	cr_assert(write_version(root, &p, arena, &err));
	cr_expect_not(link_swap(root, &p, arena, &err));
	cr_expect_str_eq(err.code, "edge_disk");
	cr_expect_str_eq(err.detail, "shop.example.com is there and is no symbolic link");
	cr_expect(folder_has("edge/" SHOP));
}

Test(edge_write, a_link_of_the_operators_comes_back_after_a_failure)
{
	struct pack p = pack_of(ID, "1", false);
	char target[64] = "";

	cr_assert_eq(mkdir("edge/by-name", 0755), 0);
	cr_assert_eq(symlink("/etc/own/shop", "edge/" SHOP), 0);
	put(&p);
	cr_expect(serves(SHOP, ID, "1"));
	cr_expect(goes_back(&p));
	cr_expect_gt(readlink("edge/" SHOP, target, sizeof target - 1), 0);
	cr_expect_str_eq(target, "/etc/own/shop");
}

/* ---- a reader at every instant -------------------------------------------------- */

static atomic_bool over;
static atomic_int mixed, missing, reads;

/* Opens a key by its live path. */
static void *
watch_path(void *arg)
{
	(void)arg;
	while (!over) {
		int fd = open("edge/" SHOP "/rsa.key", O_RDONLY);

		if (fd < 0)
			missing++;
		else
			close(fd);
		reads++;
	}
	return NULL;
}

/* Opens the live folder, then its files: what one opened folder holds always
 * belongs together. */
static void *
watch(void *arg)
{
	(void)arg;
	while (!over) {
		static const char *const files[] = { "ecdsa.crt", "ecdsa.key", "rsa.crt", "rsa.key" };
		int folder = open("edge/" SHOP, O_RDONLY | O_DIRECTORY);
		char text[4][128] = { "" };
		size_t prefix = strlen(ID) + 2;

		for (size_t i = 0; folder >= 0 && i < 4; i++) {
			int fd = openat(folder, files[i], O_RDONLY);

			if (fd < 0 || read(fd, text[i], sizeof text[i] - 1) <= (ssize_t)prefix)
				missing++;
			else if (i > 0 && strncmp(text[i], text[0], prefix) != 0)
				mixed++;
			if (fd >= 0)
				close(fd);
		}
		if (folder < 0)
			missing++;
		else
			close(folder);
		reads++;
	}
	return NULL;
}

/* Until the reader has read twice from now on: one that is kept from running
 * may not be overtaken by the two deployments after which a version goes. */
static void
let_it_read(void)
{
	for (int until = reads + 2; reads < until;)
		sched_yield();
}

Test(edge_write, a_reader_never_sees_a_mixed_or_missing_pair)
{
	pthread_t reader;
	struct pack p = pack_of(ID, "1", false);

	put(&p);
	cr_assert_eq(pthread_create(&reader, NULL, watch, NULL), 0);
	for (int version = 2; version < 60; version++) {
		struct pack new = pack_of(ID, arena_printf(arena, "%d", version), false);

		put(&new);
		if (version % 3 == 0)
			goes_back(&new);
		else
			prove(&new);
		let_it_read();
	}
	over = true;
	pthread_join(reader, NULL);
	cr_expect_eq(mixed, 0);
	cr_expect_eq(missing, 0);
}

Test(edge_write, a_live_version_that_is_written_again_is_never_missing)
{
	pthread_t reader;
	struct pack a = pack_of(ID, "1", false), b = pack_of(ID, "1", false);

	b.pairs[PACK_RSA].chain = "the same version, but another certificate\n";
	put(&a);
	cr_assert_eq(pthread_create(&reader, NULL, watch_path, NULL), 0);
	for (int i = 0; i < 60; i++) {
		put(i % 2 == 0 ? &b : &a);
		let_it_read();
	}
	over = true;
	pthread_join(reader, NULL);
	cr_expect_eq(missing, 0);
}
