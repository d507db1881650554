//include stdint.h stdio.h stdlib.h sys/mman.h
/*
 * Addresses for MAP_FIXED mappings. They are far from those that mmap() chooses
 * by itself: what is unmapped here stays unmapped. The rest of a reservation
 * is kept until the process exits.
 */
static char *reserve(size_t size, size_t align)
{
	static uintptr_t next = 0x1000000000;
	char *p = mmap((void *)next, size + align, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
		       -1, 0);

	if (p == MAP_FAILED) {
		perror("no room for a reservation");
		exit(EXIT_FAILURE);
	}
	next += 0x10000000;
	return (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
}
