/* netvm-microvm: runs an NF in a bare virtual machine of its own, on NetVM's rings. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../nflib/extent.h"
#include "../nflib/launch.h"
#include "calls.h"
#include "fault.h"
#include "image.h"
#include "probe.h"

#define PROGRAM "netvm-microvm"
#define MEMORY_MB 256u
#define PAGE 4096u

enum { EXIT_BAD_OPTION = 2, EXIT_CANNOT_START = 3, EXIT_FAULT = 4 };

struct options {
	const char *nf;
	const char *region;
	uint32_t slot;
	int core;
	enum netvm_nf_mode mode;
	uint64_t memory_bytes;
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: " PROGRAM " --nf FILE --region FILE --slot N [--core N] [--mode poll|adaptive|shared] [--memory-mb N] [-- NF options]\n"
		"       " PROGRAM " --probe\n"
		"  --nf FILE       nf-<name>.bin: runs this NF in a virtual machine without a kernel\n"
		"  --region FILE   the NetVM region that it joins, as the NF in slot N\n"
		"  --memory-mb N   even number: what the NF may have at most, tables, stack and variables (%u); taken as it is used\n"
		"  --probe         runs a tiny guest, and says as JSON whether this machine can\n", MEMORY_MB);
}

static uint64_t memory_bytes(const char *text)
{
	long mb = launch_number(PROGRAM, "memory-mb", text, MICROVM_MEMORY_MB_MAX);
	if (mb == 0 || mb % 2 != 0) { /* whole huge pages */
		fprintf(stderr, PROGRAM ": --memory-mb %s: expected an even number from 2 to %u\n", text, MICROVM_MEMORY_MB_MAX);
		exit(EXIT_BAD_OPTION);
	}
	return (uint64_t)mb << 20;
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {
		{"nf", required_argument, 0, 'n'},   {"region", required_argument, 0, 'r'}, {"slot", required_argument, 0, 's'},
		{"core", required_argument, 0, 'c'}, {"mode", required_argument, 0, 'm'},   {"memory-mb", required_argument, 0, 'M'},
		{"probe", no_argument, 0, 'p'},	     {"help", no_argument, 0, 'h'},	    {0},
	};
	struct options o = {.core = -1, .mode = NETVM_MODE_POLL, .memory_bytes = (uint64_t)MEMORY_MB << 20};
	int opt;
	while ((opt = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		switch (opt) {
		case 'n': o.nf = optarg; break;
		case 'r': o.region = optarg; break;
		case 's': o.slot = (uint32_t)launch_number(PROGRAM, "slot", optarg, NETVM_MAX_NFS - 1); break;
		case 'c': o.core = (int)launch_number(PROGRAM, "core", optarg, CPU_SETSIZE - 1); break;
		case 'm': o.mode = launch_mode(PROGRAM, optarg); break;
		case 'M': o.memory_bytes = memory_bytes(optarg); break;
		case 'p': probe(); exit(0);
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(EXIT_BAD_OPTION);
		}
	}
	if (!o.nf || !o.region) {
		usage(stderr);
		exit(EXIT_BAD_OPTION);
	}
	return o;
}

/* Maps the region and gives it to the guest. Returns 0, or -1 with a sentence in `error`. */
static int give_region(struct calls *c, const char *file, char *error, uint32_t error_bytes)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
		return -1;
	}
	uint64_t bytes = netvm_region_extent(fd);
	if (bytes < sizeof(struct netvm_region_header) || bytes > MICROVM_REGION_BYTES_MAX) {
		snprintf(error, error_bytes, "%s: is too %s for a region", file, bytes < PAGE ? "small" : "large");
		return -1;
	}
	c->region_bytes = (bytes + PAGE - 1) / PAGE * PAGE;
	c->region = mmap(NULL, c->region_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (c->region == MAP_FAILED) {
		snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
		return -1;
	}
	close(fd);
	return vm_give(c->vm, MICROVM_REGION_AT, c->region, c->region_bytes, VM_WRITE, error, error_bytes);
}

/* What the guest has to know. Returns 0, or -1 with a sentence in `error`. */
static int fill_boot(struct microvm_boot *boot, const struct options *o, const struct calls *c, char *error, uint32_t error_bytes)
{
	int khz = ioctl(c->vm->processor, KVM_GET_TSC_KHZ, 0);
	if (khz <= 0) {
		snprintf(error, error_bytes, "/dev/kvm: does not say how fast the guest's clock is");
		return -1;
	}
	boot->region_bytes = c->region_bytes;
	boot->tsc_hz = (uint64_t)khz * 1000;
	boot->slot = o->slot;
	boot->pid = (uint32_t)getpid();
	boot->mode = o->mode;
	return 0;
}

/* Until the guest ends, in whichever way. Returns the exit code. */
static int run(struct vm *vm, struct calls *c)
{
	int exit_code = 0;
	for (;;) {
		const char *asked = NULL;
		int error = vm_run(vm);
		enum calls_end end = CALLS_FAULT;
		if (error == 0 && vm->run->exit_reason == KVM_EXIT_IO && vm->run->io.port == MICROVM_PORT)
			end = calls_do(c, &exit_code, &asked);
		if (end == CALLS_FAULT) {
			char sentence[512];
			fault_describe(vm, asked, error, sentence, sizeof sentence);
			fprintf(stderr, PROGRAM ": %s\n", sentence);
			return EXIT_FAULT;
		}
		if (end != CALLS_GO_ON)
			return exit_code;
	}
}

int main(int argc, char **argv)
{
	static struct vm vm;
	struct image image;
	char error[512];
	struct options o = parse(argc, argv);
	struct calls c = {.vm = &vm, .name = PROGRAM, .files = argc - optind, .file = argv + optind};
	launch_step_aside(o.mode, 1);
	launch_settle(PROGRAM, o.core, o.mode);
	if (vm_create(&vm, error, sizeof error) != 0 || image_load(&image, &vm, o.nf, o.memory_bytes, error, sizeof error) != 0 ||
	    image_arguments(&image, c.files, c.file, error, sizeof error) != 0 || give_region(&c, o.region, error, sizeof error) != 0 ||
	    vm_start(&vm, image.entry, MICROVM_STACK_TOP, MICROVM_THREAD_AT, error, sizeof error) != 0 ||
	    fill_boot(image.boot, &o, &c, error, sizeof error) != 0) {
		fprintf(stderr, PROGRAM ": %s\n", error);
		return EXIT_CANNOT_START;
	}
	c.shared = &image.boot->call;
	launch_step_aside(o.mode, 0); /* the NF's own start is beside the chain, too, but from here on nobody can tell it from the loop */
	return run(&vm, &c);
}
