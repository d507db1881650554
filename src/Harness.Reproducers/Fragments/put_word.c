//include linux/types.h
/* A plain 32-bit store, for any memory type. */
static void put_word(char *where, __u32 word)
{
	*(volatile __u32 *)where = word;
}
