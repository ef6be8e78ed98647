#define _GNU_SOURCE
#include "inline_load.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (64l << 20)

static int refuse(char *error, uint32_t error_bytes, const char *file, const char *why)
{
	snprintf(error, error_bytes, "%.120s: %s", file, why);
	return -1;
}

static int copy_into(int to, int from, char *error, uint32_t error_bytes, const char *file)
{
	struct stat st;
	if (from < 0 || to < 0 || fstat(from, &st) != 0)
		return refuse(error, error_bytes, file, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MAX)
		return refuse(error, error_bytes, file, "expected a file of at most 64 MB");
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);
		if (n <= 0)
			return refuse(error, error_bytes, file, n < 0 ? strerror(errno) : "became shorter while it was read");
		left -= n;
	}
	return 0;
}

/*
 * The dynamic linker loads a file once, and all who ask for it share its variables. So each instance is a copy of the file in memory of its own, which is
 * another file to the linker; and a build that writes over the original pulls nothing from under us.
 */
static int copy_of(const char *file, char *error, uint32_t error_bytes)
{
	int from = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), to = memfd_create("netvm-nf", MFD_CLOEXEC);
	int fault = copy_into(to, from, error, error_bytes, file);
	if (from >= 0)
		close(from);
	if (fault == 0)
		return to;
	if (to >= 0)
		close(to);
	return -1;
}

/* Its variables are brought in and kept: a page fault in the data path would show as a gap. Best effort. */
static void lock_variables(void *library)
{
	struct link_map *map;
	if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0)
		return;
	const char *base = (const char *)map->l_addr;
	const ElfW(Ehdr) *header = (const void *)base;
	const ElfW(Phdr) *part = (const void *)(base + header->e_phoff);
	for (uint32_t i = 0; i < header->e_phnum; i++) {
		if (part[i].p_type == PT_LOAD && part[i].p_flags & PF_W)
			mlock(base + part[i].p_vaddr, part[i].p_memsz);
	}
}

static int open_library(struct inline_nf *i, const char *file, char *error, uint32_t error_bytes)
{
	char name[32];
	snprintf(name, sizeof name, "/proc/self/fd/%d", i->fd);
	i->library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (i->library)
		return 0;
	const char *why = dlerror();
	size_t ours = strlen(name);
	if (strncmp(why, name, ours) == 0 && strncmp(why + ours, ": ", 2) == 0)
		why += ours + 2;
	return refuse(error, error_bytes, file, why);
}

static int check_module(struct inline_nf *i, const char *file, char *error, uint32_t error_bytes)
{
	char why[128];
	const struct netvm_nf_module *module = dlsym(i->library, "netvm_nf_module");
	if (!module)
		return refuse(error, error_bytes, file, "has no symbol netvm_nf_module: it is no NF of NetVM");
	if (module->abi_version != NETVM_NF_ABI || module->packet_bytes != sizeof(struct netvm_packet)) {
		snprintf(why, sizeof why, "is built for version %u of the NF ABI, and netvmd has %u; build both from the same source",
			 module->abi_version, NETVM_NF_ABI);
		return refuse(error, error_bytes, file, why);
	}
	if (!module->nf || !module->nf->name || !module->nf->process)
		return refuse(error, error_bytes, file, "names no NF, or one without a process function");
	i->nf = module->nf;
	return 0;
}

static int start(struct inline_nf *i, int n, const char *const *options, const char *file, char *error, uint32_t error_bytes)
{
	char why[160] = "does not start";
	for (int k = 0; k < n; k++) {
		i->options[k] = strdup(options[k]);
		if (!i->options[k])
			return refuse(error, error_bytes, file, "no memory for its options");
	}
	if (!i->nf->start || i->nf->start(n, i->options, why, sizeof why) == 0)
		return 0;
	return refuse(error, error_bytes, i->nf->name, why);
}

static void give_back(struct inline_nf *i)
{
	if (i->library)
		dlclose(i->library);
	if (i->fd >= 0)
		close(i->fd);
	for (int k = 0; k < INLINE_OPTIONS_MAX; k++)
		free(i->options[k]);
	memset(i, 0, sizeof *i);
}

int inline_load(struct inline_nf *i, const char *file, int options_count, const char *const *options, char *error, uint32_t error_bytes)
{
	memset(i, 0, sizeof *i);
	i->fd = copy_of(file, error, error_bytes);
	if (i->fd < 0 || open_library(i, file, error, error_bytes) != 0 || check_module(i, file, error, error_bytes) != 0 ||
	    start(i, options_count, options, file, error, error_bytes) != 0) {
		give_back(i);
		return -1;
	}
	lock_variables(i->library);
	return 0;
}

void inline_unload(struct inline_nf *i)
{
	if (i->nf && i->nf->stop)
		i->nf->stop();
	give_back(i);
}
