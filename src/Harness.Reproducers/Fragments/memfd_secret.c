//kind define
//include sys/syscall.h unistd.h
#ifndef __NR_memfd_secret	/* Linux 5.14 */
#define __NR_memfd_secret	447
#endif
