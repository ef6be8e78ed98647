/* The launcher of virtual machines, without one: what a guest gets besides the image, and what is kept of what it says, and what is done to the region. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../abi/guest.h"
#include "../vm/archive.h"
#include "../vm/region.h"
#include "../vm/sink.h"

/* An archive as it lies in memory. */
static char all[1 << 16];
static size_t all_bytes;

static unsigned field(const char *header, int i)
{
	char digits[9] = {0};
	memcpy(digits, header + 6 + 8 * i, 8);
	return (unsigned)strtoul(digits, NULL, 16);
}

/* The last entry of that name from `at` on: where its bytes are, or NULL. As the kernel reads it. */
static const char *find(size_t at, const char *name, unsigned *bytes, unsigned *mode)
{
	const char *found = NULL;
	while (at + 110 <= all_bytes && memcmp(all + at, "070701", 6) == 0) {
		unsigned size = field(all + at, 6), name_bytes = field(all + at, 11);
		const char *entry = all + at + 110, *data = all + (at + 110 + name_bytes + 3) / 4 * 4;
		assert_true(entry[name_bytes - 1] == 0 && data + size <= all + all_bytes);
		if (strcmp(entry, name) == 0) {
			found = data;
			*bytes = size;
			*mode = field(all + at, 1);
		}
		if (strcmp(entry, "TRAILER!!!") == 0)
			return found;
		at = ((size_t)(data - all) + size + 3) / 4 * 4;
	}
	fail_msg("the archive has no end");
	return NULL;
}

static void write_file(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static char directory[] = "/tmp/netvm-test-vm-XXXXXX";

static const char *in_directory(char *to, const char *name)
{
	sprintf(to, "%s/%s", directory, name);
	return to;
}

static void test_archive(void **context)
{
	(void)context;
	char initrd[64], rules[64], nf[64];
	assert_non_null(mkdtemp(directory));
	write_file(in_directory(initrd, "initrd"), "image"); /* 5 bytes: what follows begins at 8 */
	write_file(in_directory(rules, "rules"), "allow");
	write_file(in_directory(nf, "nf-own"), "program");
	char *options[] = {"--rules", rules, "--name", "/nowhere", "--directory", "/tmp"}, *run[] = {"/nf/nf-own", "--slot=3", "--", "a b", NULL};
	struct vm_options o = {.initrd = initrd, .nf = nf, .nf_argv = options, .nf_argc = 6};
	int fd = vm_archive_make(&o, run);
	assert_true(fd >= 0);
	all_bytes = (size_t)pread(fd, all, sizeof all, 0);
	close(fd);
	assert_memory_equal(all, "image\0\0\0", 8);

	unsigned bytes, mode;
	const char *data = find(8, NETVM_GUEST_RUN + 1, &bytes, &mode);
	assert_non_null(data);
	assert_int_equal(bytes, 27);
	assert_memory_equal(data, "/nf/nf-own\0--slot=3\0--\0a b\0", 27);
	data = find(8, "nf/nf-own", &bytes, &mode);
	assert_non_null(data);
	assert_int_equal(mode & 0111, 0111);
	assert_memory_equal(data, "program", bytes);
	data = find(8, rules + 1, &bytes, &mode);
	assert_non_null(data);
	assert_int_equal(bytes, 5);
	assert_memory_equal(data, "allow", 5);
	assert_non_null(find(8, directory + 1, &bytes, &mode));
	assert_true(S_ISDIR(mode));
	assert_null(find(8, "nowhere", &bytes, &mode));
	find(8, "tmp", &bytes, &mode);
	assert_true(S_ISDIR(mode)); /* a directory that an option names is none of its files */
	unlink(initrd);
	unlink(rules);
	unlink(nf);
	rmdir(directory);
}

static void test_archive_of_an_nf_that_is_not_there(void **context)
{
	(void)context;
	char *run[] = {"/nf/none", NULL};
	struct vm_options o = {.initrd = "/dev/null", .nf = "none"};
	assert_int_equal(vm_archive_make(&o, run), -1);
}

static void test_sink_is_bounded(void **context)
{
	(void)context;
	static char flood[SINK_BYTES_MAX / 2 + 1];
	struct stat st;
	struct sink s = {.fd = memfd_create("sink", 0)};
	memset(flood, 'x', sizeof flood);
	for (int i = 0; i < 5; i++)
		sink_take(&s, flood, sizeof flood);
	assert_int_equal(fstat(s.fd, &st), 0);
	assert_in_range(st.st_size, SINK_BYTES_MAX, SINK_BYTES_MAX + 100);
	sink_take(&s, "the end", 7);
	assert_int_equal(lseek(s.fd, 0, SEEK_END), st.st_size);
	close(s.fd);
	char words[SINK_SAYING + 1];
	const char *says = sink_last_words(&s, words); /* the end is known all the same */
	assert_int_equal(strlen(says), SINK_SAYING);
	assert_string_equal(says + SINK_SAYING - 7, "the end");
}

static void test_last_words(void **context)
{
	(void)context;
	char words[SINK_SAYING + 1];
	struct sink s = {.fd = open("/dev/null", O_WRONLY)};
	assert_string_equal(sink_last_words(&s, words), "nothing");
	sink_take(&s, "a\x1b[2Jb\r\n\r\nc\n", 11);
	assert_string_equal(sink_last_words(&s, words), "a [2Jb c");
	sink_take(&s, "[1.0] Kernel panic - not syncing\nmore", 37);
	assert_string_equal(sink_last_words(&s, words), "Kernel panic - not syncing more");
	close(s.fd);
}

#define REGION_BYTES (256u << 10)
#define REGION_FILE_BYTES (1u << 20)

/* As netvmd makes one: populated, and a hole behind. Says it is of so many bytes. Returns its descriptor. */
static int make_region(uint64_t total_bytes, char *name)
{
	int fd = memfd_create("region", MFD_CLOEXEC);
	assert_true(fd >= 0 && ftruncate(fd, REGION_FILE_BYTES) == 0 && fallocate(fd, 0, 0, REGION_BYTES) == 0);
	struct netvm_region_header h = {
		.magic = NETVM_REGION_MAGIC, .abi_version = NETVM_REGION_ABI, .slots_offset = NETVM_SLOTS_OFFSET, .total_bytes = total_bytes};
	assert_int_equal(pwrite(fd, &h, sizeof h, 0), sizeof h);
	sprintf(name, "/proc/self/fd/%d", fd);
	return fd;
}

/* Whatever an NF of the domain has written where the region says how large it is. */
static void test_only_the_hole_is_cleared(void **context)
{
	(void)context;
	const uint64_t said[] = {REGION_BYTES, NETVM_RINGS_OFFSET};
	for (int i = 0; i < 2; i++) {
		struct vm_region r;
		struct stat st;
		char name[32], last = 0;
		int fd = make_region(said[i], name);
		assert_int_equal(pwrite(fd, "x", 1, REGION_BYTES - 1), 1);
		assert_int_equal(vm_region_open(&r, name), 0);
		memset((char *)r.base + REGION_BYTES, 1, REGION_FILE_BYTES - REGION_BYTES);
		((struct netvm_region_header *)r.base)->total_bytes = 0;
		vm_region_clear_hole(&r);
		assert_int_equal(pread(fd, &last, 1, REGION_BYTES - 1), 1);
		assert_int_equal(last, 'x');
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_blocks * 512, REGION_BYTES);
		munmap(r.base, r.file_bytes);
		close(r.fd);
		close(fd);
	}
}

static void test_a_region_longer_than_its_pages_is_refused(void **context)
{
	(void)context;
	struct vm_region r;
	char name[32];
	int fd = make_region(REGION_BYTES + 1, name);
	assert_int_equal(vm_region_open(&r, name), -1);
	munmap(r.base, r.file_bytes);
	close(r.fd);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_archive_of_an_nf_that_is_not_there),
		cmocka_unit_test(test_sink_is_bounded),
		cmocka_unit_test(test_last_words),
		cmocka_unit_test(test_only_the_hole_is_cleared),
		cmocka_unit_test(test_a_region_longer_than_its_pages_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
