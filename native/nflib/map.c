/* A process joins a region that is a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach.h"
#include "extent.h"

static int refuse(char *error, uint32_t error_bytes, const char *file, const char *why)
{
	snprintf(error, error_bytes, "%s: %s", file, why);
	return -1;
}

static void *map(const char *file, uint64_t *bytes)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return MAP_FAILED;
	*bytes = netvm_region_extent(fd);
	void *region = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	int fault = errno; /* an empty file cannot be mapped: EINVAL */
	close(fd);
	errno = fault;
	return region;
}

int netvm_attach(struct netvm_attachment *a, const char *region_file, uint32_t slot, const char *name, char *error,
		 uint32_t error_bytes)
{
	uint64_t bytes = 0;
	void *region = map(region_file, &bytes);
	if (region == MAP_FAILED)
		return refuse(error, error_bytes, region_file, errno == EINVAL ? "is too small for a region" : strerror(errno));
	const char *fault = netvm_join(a, region, bytes, slot, (uint32_t)getpid(), name);
	if (!fault)
		return 0;
	munmap(region, bytes);
	return refuse(error, error_bytes, region_file, fault);
}
