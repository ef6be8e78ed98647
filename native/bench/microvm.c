/*
 * bench-microvm: what a micro virtual machine costs beside a process: how soon an NF in it is ready, alone and a hundred at once, what a hop through it
 * costs on a shared core, and what a doorbell and an exit to the monitor cost. Goal: to see where the time goes, on this machine. Not a goal: a port's
 * throughput (the harness measures that). Ratios are of one run, taken in turn.
 *
 *   bench-microvm --bin DIR [--core N] [--smoke] [--json | --out FILE]
 *
 * Prints the median of all repeats, lowest and highest. Where no guest runs it says why, and exits 77.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../abi/wait.h"
#include "../microvm/guest.h"
#include "../microvm/vm.h"
#include "domain.h"

#define REPEATS_MAX 31
#define BUFFERS 8192u
#define GUESTS_MAX 100u
#define LONGEST 3u
#define DOORBELL 1u /* written to the port: does not leave the guest, where there is an eventfd for it */

static const char *bin;
static int core = 1, repeats = REPEATS_MAX;
static uint32_t rounds = 300, guests = GUESTS_MAX;
static FILE *json;

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "bench-microvm: %s\n", what);
	exit(3);
}

static void settle(void)
{
	cpu_set_t set;
	struct sched_param param = {0};
	CPU_ZERO(&set);
	CPU_SET((unsigned)core, &set);
	if (sched_setaffinity(0, sizeof set, &set) != 0)
		give_up("cannot run on this core; see --core");
	sched_setscheduler(0, SCHED_BATCH, &param);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void report(const char *name, const char *unit, double *values, int n)
{
	static int reported;
	qsort(values, (size_t)n, sizeof values[0], ascending);
	if (json)
		fprintf(json, "%s    {\"step\": \"%s\", \"unit\": \"%s\", \"median\": %.3f, \"min\": %.3f, \"max\": %.3f}", reported ? ",\n" : "", name,
			unit, values[n / 2], values[0], values[n - 1]);
	if (json != stdout)
		printf("%-44s %10.2f %-5s (%.2f to %.2f)\n", name, values[n / 2], unit, values[0], values[n - 1]);
	reported++;
}

/* Starts forward in a slot, as an image or as a program. */
static void start_forward(struct domain *d, uint32_t slot, int as_image)
{
	char monitor[256], image[256], program[256], number[12], on[12];
	snprintf(monitor, sizeof monitor, "%s/netvm-microvm", bin);
	snprintf(image, sizeof image, "%s/nf-forward.bin", bin);
	snprintf(program, sizeof program, "%s/nf-forward", bin);
	snprintf(number, sizeof number, "%u", slot);
	snprintf(on, sizeof on, "%d", core);
	char *as_vm[] = {monitor, "--nf", image, "--region", d->file, "--slot", number, "--core", on, "--mode", "shared", NULL};
	char *as_process[] = {program, "--region", d->file, "--slot", number, "--core", on, "--mode", "shared", NULL};
	domain_start(d, slot, as_image ? as_vm : as_process, -1);
}

static void wait_ready(struct domain *d, uint32_t slot)
{
	if (domain_wait_ready(d, slot) != 0)
		give_up("an NF did not start");
}

/* From the request to READY. */
static void measure_start(struct domain *d, int as_image)
{
	double ms[REPEATS_MAX];
	for (int i = 0; i < repeats; i++) {
		double began = now_us();
		start_forward(d, 0, as_image);
		wait_ready(d, 0);
		ms[i] = (now_us() - began) / 1000;
		domain_stop(d, 0);
	}
	report(as_image ? "ready, microvm" : "ready, process", "ms", ms, repeats);
}

/* A hundred at once, in as many domains as their slots need. */
static void measure_many(int as_image)
{
	static struct domain domains[(GUESTS_MAX + NETVM_MAX_NFS - 1) / NETVM_MAX_NFS];
	uint32_t n = (guests + NETVM_MAX_NFS - 1) / NETVM_MAX_NFS;
	char name[64];
	for (uint32_t i = 0; i < n; i++) {
		if (domain_create(&domains[i], NETVM_NF_BURST) != 0)
			give_up("no memory for regions");
	}
	double began = now_us();
	for (uint32_t i = 0; i < guests; i++)
		start_forward(&domains[i / NETVM_MAX_NFS], i % NETVM_MAX_NFS, as_image);
	for (uint32_t i = 0; i < guests; i++)
		wait_ready(&domains[i / NETVM_MAX_NFS], i % NETVM_MAX_NFS);
	double ms = (now_us() - began) / 1000;
	for (uint32_t i = 0; i < guests; i++)
		domain_stop(&domains[i / NETVM_MAX_NFS], i % NETVM_MAX_NFS);
	for (uint32_t i = 0; i < n; i++)
		domain_delete(&domains[i]);
	snprintf(name, sizeof name, "%u ready, %s", guests, as_image ? "microvm" : "process");
	report(name, "ms", &ms, 1);
}

/* Descriptors through a chain and back, on one core. Returns millions a second. */
static double chain_mpps(struct domain *d, uint32_t n)
{
	static struct netvm_desc desc[DOMAIN_RING];
	double began = now_us();
	for (uint32_t r = 0; r < rounds; r++) {
		for (uint32_t i = 0; i < n; i++)
			desc[i] = (struct netvm_desc){.buffer = (r * n + i) % BUFFERS, .offset = 128, .length = 60};
		if (domain_round(d, desc, n) != 0)
			give_up("an NF died");
	}
	return (double)rounds * n / (now_us() - began);
}

/* Process and microvm in turn, so that what the machine does it does to both. */
static void measure_chain(struct domain *d, uint32_t nfs, uint32_t packets)
{
	double mpps[2][REPEATS_MAX], ratio[REPEATS_MAX];
	char name[64];
	for (int i = 0; i < repeats; i++) {
		for (int as_image = 0; as_image < 2; as_image++) {
			for (uint32_t slot = 0; slot < nfs; slot++)
				start_forward(d, slot, as_image);
			for (uint32_t slot = 0; slot < nfs; slot++)
				wait_ready(d, slot);
			domain_chain(d, nfs);
			mpps[as_image][i] = chain_mpps(d, packets);
			for (uint32_t slot = 0; slot < nfs; slot++)
				domain_stop(d, slot);
			domain_reset(d);
		}
		ratio[i] = mpps[1][i] / mpps[0][i] * 100;
	}
	for (int as_image = 0; as_image < 2; as_image++) {
		snprintf(name, sizeof name, "chain of %u, %u at a time, %s", nfs, packets, as_image ? "microvm" : "process");
		report(name, "Mpps", mpps[as_image], repeats);
	}
	snprintf(name, sizeof name, "chain of %u, %u at a time, of a process", nfs, packets);
	report(name, "%", ratio, repeats);
}

/* mov al, first; mov ecx, 100; again: out PORT, al; dec ecx; jnz again; mov al, 0; out PORT, al; jmp to the start */
static uint8_t code[] = {0xb0, 0, 0xb9, 100, 0, 0, 0, 0xe6, MICROVM_PORT, 0xff, 0xc9, 0x75, 0xfa, 0xb0, 0, 0xe6, MICROVM_PORT, 0xeb, 0xed};

/* Writes to the port, a hundred at a time; those of `value` are counted. Returns us for each. */
static double ring(struct vm *vm, uint32_t exits)
{
	double began = now_us();
	for (uint32_t i = 0; i < exits; i++) {
		if (vm_run(vm) != 0 || vm->run->exit_reason != KVM_EXIT_IO)
			give_up("a guest did not come to its end");
	}
	return (now_us() - began) / 100;
}

static void measure_port(uint8_t value, const char *name)
{
	static struct vm vm;
	char error[256];
	double us[REPEATS_MAX];
	uint8_t *image = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	code[1] = value;
	memcpy(image, code, sizeof code);
	if (vm_create(&vm, error, sizeof error) != 0 || vm_give(&vm, MICROVM_IMAGE_AT, image, 4096, VM_EXECUTE, error, sizeof error) != 0 ||
	    vm_start(&vm, MICROVM_IMAGE_AT, MICROVM_MEMORY_AT, 0, error, sizeof error) != 0)
		give_up(error);
	struct kvm_ioeventfd bell = {.datamatch = DOORBELL, .addr = MICROVM_PORT, .len = 1, .fd = eventfd(0, 0),
				     .flags = KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_DATAMATCH};
	if (ioctl(vm.machine, KVM_IOEVENTFD, &bell) != 0)
		give_up("no eventfd for a port");
	ring(&vm, value == DOORBELL ? 1 : 101);
	for (int i = 0; i < repeats; i++)
		us[i] = ring(&vm, value == DOORBELL ? 1 : 101);
	report(name, "us", us, repeats);
}

/* Returns whether a guest runs here; where not, why is on stdout. */
static int is_usable(void)
{
	char command[300], line[512] = "";
	snprintf(command, sizeof command, "%s/netvm-microvm --probe", bin);
	FILE *f = popen(command, "r");
	if (!f || !fgets(line, sizeof line, f))
		snprintf(line, sizeof line, "%s says nothing\n", command);
	if (f)
		pclose(f);
	if (strcmp(line, "{\"usable\":true}\n") == 0)
		return 1;
	printf("cannot run here: no guest of netvm-microvm does: %s", line);
	return 0;
}

static void measure_all(void)
{
	struct domain d;
	if (domain_create(&d, BUFFERS) != 0)
		give_up("no memory for a region");
	measure_start(&d, 0);
	measure_start(&d, 1);
	measure_many(0);
	measure_many(1);
	measure_chain(&d, 1, DOMAIN_RING);
	measure_chain(&d, LONGEST, DOMAIN_RING);
	measure_chain(&d, 1, NETVM_NF_BURST);
	measure_port(DOORBELL, "doorbell (an eventfd, no exit)");
	measure_port(0, "exit to the monitor and back");
	domain_delete(&d);
}

int main(int argc, char **argv)
{
	const char *out = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			json = stdout;
		} else if (strcmp(argv[i], "--smoke") == 0) {
			repeats = 1;
			rounds = 2;
			guests = 4;
		} else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
			out = argv[++i];
		} else if (strcmp(argv[i], "--bin") == 0 && i + 1 < argc) {
			bin = argv[++i];
		} else if (strcmp(argv[i], "--core") != 0 || i + 1 == argc || sscanf(argv[++i], "%d", &core) != 1) {
			bin = NULL;
			break;
		}
	}
	if (!bin) {
		fprintf(stderr, "usage: bench-microvm --bin DIR [--core N] [--smoke] [--json | --out FILE]\n");
		return 2;
	}
	if (!is_usable())
		return 77;
	if (out && !(json = fopen(out, "w")))
		give_up("cannot write the results");
	settle();
	if (json)
		fprintf(json, "{\n  \"steps\": [\n");
	measure_all();
	if (json)
		fprintf(json, "\n  ]\n}\n");
	return json && fclose(json) != 0 ? 3 : 0;
}
