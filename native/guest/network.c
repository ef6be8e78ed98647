#define _GNU_SOURCE
#include "network.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../abi/guest.h"
#include "../vswitch/nf_program.h"
#include "ivshmem.h"

#define DEVICES "/sys/bus/pci/devices"
#define VENDOR 0x1af4u
#define DEVICE 0x1041u /* since virtio 1.0 */
#define DRIVER "uio_pci_generic"
#define PAGES "/proc/sys/vm/nr_hugepages"

int network_start(struct network_nf *n, const char *kind, int argc, char **argv, uint32_t counters)
{
	struct ivshmem memory;
	char mode[16];
	snprintf(n->program, sizeof n->program, "nf-%s-%s", netvm_nf.name, kind);
	if (argc < 5 || sscanf(argv[1], "--index=%d", &n->index) != 1 || sscanf(argv[3], "--mode=%15s", mode) != 1 || strcmp(argv[4], "--") != 0) {
		fprintf(stderr, "%s: in the guest: it was not started by netvm-vm of this build\n", n->program);
		return 3;
	}
	n->polls = strcmp(mode, "poll") == 0;
	int fault = nf_program_start(n->program, argc - 5, argv + 5);
	if (fault != 0)
		return fault;
	const char *lacks = ivshmem_open(&memory, 0);
	if (lacks)
		fprintf(stderr, "%s: in the guest: %s\n", n->program, lacks);
	return lacks || nf_program_telemetry_in(&n->telemetry, memory.memory, memory.bytes, n->index, counters) != 0 ? 3 : 0;
}

/* Returns 0, or -1 with errno. */
static int tell(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = write(fd, text, strlen(text));
	int fault = errno;
	close(fd);
	errno = fault;
	return n < 0 ? -1 : 0;
}

static int tell_device(const char *address, const char *name, const char *text)
{
	char file[300];
	snprintf(file, sizeof file, DEVICES "/%s/%s", address, name);
	return tell(file, text);
}

void network_ready(void)
{
	if (tell(NETVM_GUEST_CONTROL, NETVM_GUEST_READY "\n") != 0)
		perror(NETVM_GUEST_CONTROL);
}

int network_reserve_pages(int pages)
{
	char text[16];
	snprintf(text, sizeof text, "%d", pages);
	if (tell(PAGES, text) == 0)
		return 0;
	perror(PAGES);
	return -1;
}

static unsigned read_id(const char *address, const char *name)
{
	char file[300], text[16] = "";
	snprintf(file, sizeof file, DEVICES "/%s/%s", address, name);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 ? (unsigned)strtoul(text, NULL, 16) : 0;
}

static int find_device(char *to, size_t bytes)
{
	DIR *devices = opendir(DEVICES);
	int found = 0;
	for (struct dirent *e; devices && !found && (e = readdir(devices));) {
		found = e->d_name[0] != '.' && read_id(e->d_name, "vendor") == VENDOR && read_id(e->d_name, "device") == DEVICE;
		if (found)
			snprintf(to, bytes, "%s", e->d_name);
	}
	if (devices)
		closedir(devices);
	return found ? 0 : -1;
}

int network_take_device(char *to, size_t bytes)
{
	if (find_device(to, bytes) != 0) {
		fprintf(stderr, "there is no virtio network device in this guest\n");
		return -1;
	}
	tell_device(to, "driver/unbind", to); /* the kernel's, which was there first */
	if (tell_device(to, "driver_override", DRIVER) == 0 && tell("/sys/bus/pci/drivers_probe", to) == 0)
		return 0;
	fprintf(stderr, "cannot bind %s to " DRIVER ": %s\n", to, strerror(errno));
	return -1;
}
