//kind define
//include sys/mman.h
#ifndef MADV_PAGEOUT	/* Linux 5.4 */
#define MADV_PAGEOUT	21
#endif
