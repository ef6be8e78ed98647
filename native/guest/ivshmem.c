#define _GNU_SOURCE
#include "ivshmem.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../abi/guest.h"

#define DEVICES "/sys/bus/pci/devices"
#define VENDOR 0x1af4u
#define DEVICE 0x1110u
#define PAGE_BYTES 4096u

struct bar {
	uint64_t start, end; /* both 0: none */
};

static unsigned read_hex(const char *device, const char *name)
{
	char file[512];
	unsigned value = 0;
	snprintf(file, sizeof file, DEVICES "/%s/%s", device, name);
	FILE *f = fopen(file, "re");
	if (f && fscanf(f, "%x", &value) != 1)
		value = 0;
	if (f)
		fclose(f);
	return value;
}

static int read_bars(const char *device, struct bar bars[3])
{
	char file[512];
	int n = 0;
	snprintf(file, sizeof file, DEVICES "/%s/resource", device);
	FILE *f = fopen(file, "re");
	while (f && n < 3 && fscanf(f, "%lx %lx %*x", &bars[n].start, &bars[n].end) == 2)
		n++;
	if (f)
		fclose(f);
	return n == 3 ? 0 : -1;
}

static int enable(const char *device)
{
	char file[512];
	snprintf(file, sizeof file, DEVICES "/%s/enable", device);
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int fault = fd < 0 || write(fd, "1", 1) != 1;
	if (fd >= 0)
		close(fd);
	return fault ? -1 : 0;
}

static void *map(const char *device, int bar, uint64_t bytes)
{
	char file[512];
	snprintf(file, sizeof file, DEVICES "/%s/resource%d", device, bar);
	int fd = open(file, O_RDWR | O_CLOEXEC);
	void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return memory;
}

static const char *open_device(struct ivshmem *d, const char *device, const struct bar bars[3], int with_doorbell)
{
	if (enable(device) != 0)
		return "the ivshmem device cannot be enabled";
	d->bytes = bars[2].end - bars[2].start + 1;
	d->memory = map(device, 2, d->bytes);
	if (d->memory == MAP_FAILED)
		return "the memory of the ivshmem device cannot be mapped";
	if (!with_doorbell)
		return NULL;
	/* Smaller than a page, and somewhere in it. */
	char *registers = map(device, 0, PAGE_BYTES);
	if ((void *)registers == MAP_FAILED)
		return "the registers of the ivshmem device cannot be mapped";
	d->doorbell = (volatile uint32_t *)(void *)(registers + bars[0].start % PAGE_BYTES + NETVM_BELL_REGISTER);
	return NULL;
}

const char *ivshmem_open(struct ivshmem *d, int with_doorbell)
{
	DIR *devices = opendir(DEVICES);
	const char *fault = with_doorbell ? "there is no ivshmem-doorbell in this guest" : "there is no ivshmem-plain in this guest";
	*d = (struct ivshmem){0};
	for (struct dirent *e; devices && (e = readdir(devices));) {
		struct bar bars[3];
		if (e->d_name[0] == '.' || read_hex(e->d_name, "vendor") != VENDOR || read_hex(e->d_name, "device") != DEVICE || read_bars(e->d_name, bars) != 0)
			continue;
		int has_doorbell = bars[1].end != 0; /* its interrupts have a BAR */
		if (has_doorbell != with_doorbell)
			continue;
		fault = open_device(d, e->d_name, bars, with_doorbell);
		break;
	}
	if (devices)
		closedir(devices);
	return fault;
}
