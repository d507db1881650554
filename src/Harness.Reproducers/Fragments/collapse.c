//kind define
//include sys/mman.h
#ifndef MADV_COLLAPSE	/* Linux 6.1 */
#define MADV_COLLAPSE	25
#endif
