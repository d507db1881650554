//include errno.h stdio.h
//needs write_file
/* The former size of hugetlbfs's pool, to be restored; -1: unchanged. */
static int pool_before = -1;

/* Of the pages in the pool, in KiB. */
static int pool_kib;

/* A file of the pool: valid until the next call. */
static const char *of_pool(const char *file)
{
	static char path[80];

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%dkB/%s", pool_kib, file);
	return path;
}

static int read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	int number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &number) != 1)
		errno = EIO;
	fclose(file);
	return number;
}

static int resize_pool(int pages)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", pages);
	return write_file(of_pool("nr_hugepages"), text);
}

/* Ensures that this many pages of a size are free. */
static int need_huge_pages(int count, int kib)
{
	int all, free;

	pool_kib = kib;
	all = read_number(of_pool("nr_hugepages"));
	free = read_number(of_pool("free_hugepages"));
	if (all < 0 || free < 0)
		return -1;
	if (free >= count)
		return 0;
	if (resize_pool(all + count - free))
		return -1;
	pool_before = all;
	if (read_number(of_pool("free_hugepages")) >= count)
		return 0;
	errno = ENOMEM;
	return -1;
}
