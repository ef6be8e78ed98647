#include "backends.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/lines.h"
#include "../common/options.h"

static const char *take_backend(void *context, char **words, int n)
{
	struct backends *b = context;
	if (b->count == BACKENDS_MAX)
		return "expected at most 64 backends";
	struct backend *one = &b->list[b->count];
	if (n != 2)
		return "expected two words: NAME MAC";
	if (strlen(words[0]) >= sizeof one->name)
		return "expected a name of at most 31 characters";
	if (nf_parse_mac(words[1], one->mac) != 0)
		return "expected a MAC address such as 02:00:00:00:00:01";
	for (uint32_t i = 0; i < b->count; i++) {
		if (strcmp(b->list[i].name, words[0]) == 0)
			return "expected a name that no line before has";
	}
	strcpy(one->name, words[0]);
	b->count++;
	return NULL;
}

void backends_give_back(struct backends *b)
{
	if (b->health)
		munmap((void *)(uintptr_t)b->health, b->count);
	memset(b, 0, sizeof *b);
}

int backends_read(struct backends *b, const char *file, char *error, uint32_t error_bytes)
{
	backends_give_back(b);
	if (nf_lines_read(file, take_backend, b, error, error_bytes) != 0)
		return -1;
	if (b->count == 0)
		snprintf(error, error_bytes, "%s: expected at least one backend", file);
	return b->count == 0 ? -1 : 0;
}

int backends_watch(struct backends *b, const char *file, char *error, uint32_t error_bytes)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (st.st_size < (off_t)b->count) {
		snprintf(error, error_bytes, "%s: expected %u bytes, one for each backend, got %ld", file, b->count, (long)st.st_size);
		close(fd);
		return -1;
	}
	void *bytes = mmap(NULL, b->count, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED) {
		snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
		return -1;
	}
	b->health = bytes;
	return 0;
}
