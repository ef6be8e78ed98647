/* Files that an NF's options name, and no others: read whole where it reads them, shared where it maps them. Nothing is ever open. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define OPEN_MAX MICROVM_FILES

struct _IO_FILE {
	const char *at;
	size_t left;
};

static const char *names[OPEN_MAX]; /* of file descriptors */

static int64_t call_with(enum microvm_number number, const char *name, void *to, uint64_t bytes)
{
	BOOT->call.argument[2] = (uint64_t)to;
	BOOT->call.argument[3] = bytes;
	int64_t result = guest_call2(number, (uint64_t)name, strlen(name));
	if (result < 0)
		errno = (int)-result;
	return result;
}

FILE *fopen(const char *restrict name, const char *restrict how)
{
	(void)how;
	int64_t bytes = call_with(MICROVM_FILE_SIZE, name, NULL, 0);
	struct _IO_FILE *f = bytes < 0 ? NULL : malloc(sizeof *f + (size_t)bytes);
	if (!f || (bytes = call_with(MICROVM_FILE_READ, name, f + 1, (uint64_t)bytes)) < 0)
		return NULL;
	*f = (struct _IO_FILE){.at = (const char *)(f + 1), .left = (size_t)bytes};
	return f;
}

char *fgets(char *restrict line, int room, FILE *restrict f)
{
	if (f->left == 0 || room < 2)
		return NULL;
	size_t most = f->left < (size_t)room - 1 ? f->left : (size_t)room - 1;
	const char *newline = memchr(f->at, '\n', most);
	size_t bytes = newline ? (size_t)(newline - f->at) + 1 : most;
	memcpy(line, f->at, bytes);
	line[bytes] = 0;
	f->at += bytes;
	f->left -= bytes;
	return line;
}

int(feof)(FILE *f)
{
	return f->left == 0;
}

int(ferror)(FILE *f)
{
	(void)f;
	return 0;
}

int fclose(FILE *f)
{
	free(f);
	return 0;
}

int open(const char *name, int flags, ...)
{
	(void)flags;
	int fd = 0;
	while (fd < (int)OPEN_MAX && names[fd])
		fd++;
	if (fd == (int)OPEN_MAX) {
		errno = EMFILE;
		return -1;
	}
	if (call_with(MICROVM_FILE_SIZE, name, NULL, 0) < 0)
		return -1;
	names[fd] = name;
	return fd;
}

int close(int fd)
{
	names[fd] = NULL;
	return 0;
}

int fstat(int fd, struct stat *st)
{
	int64_t bytes = call_with(MICROVM_FILE_SIZE, names[fd], NULL, 0);
	memset(st, 0, sizeof *st);
	st->st_size = bytes;
	return bytes < 0 ? -1 : 0;
}

/* What is shown is what the file has now and later. It stays: there is no unmapping. */
void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	(void)at, (void)flags, (void)offset;
	if (protection != PROT_READ) {
		errno = EACCES;
		return MAP_FAILED;
	}
	int64_t where = call_with(MICROVM_FILE_MAP, names[fd], NULL, bytes);
	return where < 0 ? MAP_FAILED : (void *)where;
}

int munmap(void *at, size_t bytes)
{
	(void)at, (void)bytes;
	return 0;
}
