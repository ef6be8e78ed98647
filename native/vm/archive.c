#define _GNU_SOURCE
#include "archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../abi/guest.h"

#define FILE_BYTES_MAX (64u << 20) /* of one that an NF's option names */

struct archive {
	int fd; /* in memory */
	uint32_t entries;
};

static int complain(const char *what)
{
	fprintf(stderr, "netvm-vm: %s: %s\n", what, strerror(errno));
	return -1;
}

static int put(struct archive *a, const void *bytes, size_t n)
{
	for (const char *at = bytes; n > 0;) {
		ssize_t done = write(a->fd, at, n);
		if (done <= 0)
			return complain("the guest's archive");
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int pad(struct archive *a)
{
	static const char zeros[4];
	off_t at = lseek(a->fd, 0, SEEK_CUR);
	return at % 4 == 0 ? 0 : put(a, zeros, (size_t)(4 - at % 4));
}

/* The "new" format: 13 fields of 8 hexadecimal digits, the name with its 0, all in fours. */
static int put_header(struct archive *a, const char *name, unsigned mode, size_t bytes)
{
	char header[111];
	size_t name_bytes = strlen(name) + 1;
	snprintf(header, sizeof header, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++a->entries, mode, 0, 0, 1, 0, (unsigned)bytes, 0, 0,
		 0, 0, (unsigned)name_bytes, 0);
	return put(a, header, 110) != 0 || put(a, name, name_bytes) != 0 ? -1 : pad(a);
}

/* The kernel makes no directories of its own. One that is there already stays. */
static int put_directories(struct archive *a, const char *path)
{
	char name[PATH_MAX];
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
		if (name[0] && put_header(a, name, S_IFDIR | 0755, 0) != 0)
			return -1;
	}
	return 0;
}

static int put_bytes(struct archive *a, const char *path, const void *bytes, size_t n)
{
	path += *path == '/';
	if (put_directories(a, path) != 0 || put_header(a, path, S_IFREG | 0644, n) != 0 || put(a, bytes, n) != 0)
		return -1;
	return pad(a);
}

static int copy(struct archive *a, int from, off_t bytes, const char *file)
{
	for (off_t done = 0; done < bytes;) {
		ssize_t n = sendfile(a->fd, from, &done, (size_t)(bytes - done));
		if (n <= 0)
			return complain(file);
	}
	return 0;
}

static int put_file(struct archive *a, const char *file, const char *path)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC), fault = 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		fault = complain(file);
	else if (st.st_size > FILE_BYTES_MAX) {
		fprintf(stderr, "netvm-vm: %s: has more than 64 MiB, which is too much for a guest's memory\n", file);
		fault = -1;
	} else {
		path += *path == '/';
		fault = put_directories(a, path) != 0 || put_header(a, path, S_IFREG | 0755, (size_t)st.st_size) != 0 ||
			copy(a, fd, st.st_size, file) != 0 || pad(a) != 0;
	}
	if (fd >= 0)
		close(fd);
	return fault ? -1 : 0;
}

static int put_image(struct archive *a, const char *file)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return complain(file);
	int fault = copy(a, fd, st.st_size, file) != 0 || pad(a) != 0;
	close(fd);
	return fault ? -1 : 0;
}

static int put_run(struct archive *a, char *const *argv)
{
	char text[NETVM_GUEST_RUN_BYTES];
	size_t bytes = 0;
	for (; *argv; argv++) {
		size_t n = strlen(*argv) + 1;
		if (bytes + n > sizeof text - 1) {
			fprintf(stderr, "netvm-vm: the NF's options are longer than the %d bytes that a guest takes\n", NETVM_GUEST_RUN_BYTES - 1);
			return -1;
		}
		memcpy(text + bytes, *argv, n);
		bytes += n;
	}
	return put_bytes(a, NETVM_GUEST_RUN, text, bytes);
}

/* Any argument that is the absolute path of a file: an option's name never is. */
static int put_option_files(struct archive *a, const struct vm_options *o)
{
	for (int i = 0; i < o->nf_argc; i++) {
		struct stat st;
		const char *path = o->nf_argv[i];
		if (path[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) && put_file(a, path, path) != 0)
			return -1;
	}
	return 0;
}

/* A program of its own, or the archive of one that lies beside the image's initrd. */
static int put_nf(struct archive *a, const struct vm_options *o, const char *path)
{
	char file[PATH_MAX];
	const char *slash = strrchr(o->initrd, '/');
	if (o->nf[0] == '/')
		return put_file(a, o->nf, path);
	snprintf(file, sizeof file, "%.*s/nf/%s.cpio.gz", (int)(slash - o->initrd), o->initrd, o->nf);
	if (access(file, R_OK) == 0)
		return put_image(a, file);
	fprintf(stderr, "netvm-vm: --nf %s: there is no such NF in the guest image: %s: %s\n", o->nf, file, strerror(errno));
	return -1;
}

int vm_archive_make(const struct vm_options *o, char *const *argv)
{
	struct archive a = {.fd = memfd_create("netvm-initrd", MFD_CLOEXEC)};
	if (a.fd < 0)
		return complain("memfd_create");
	if (put_image(&a, o->initrd) == 0 && put_run(&a, argv) == 0 && (o->probe || put_nf(&a, o, argv[0]) == 0) &&
	    put_option_files(&a, o) == 0 && put_header(&a, "TRAILER!!!", 0, 0) == 0)
		return a.fd;
	close(a.fd);
	return -1;
}
