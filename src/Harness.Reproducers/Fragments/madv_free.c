//include sys/mman.h
//needs lru_drain
/* MADV_FREE leaves out a page that waits to be added to a list. */
static int madv_free(char *map, unsigned long size)
{
	lru_drain();
	return madvise(map, size, MADV_FREE);
}
