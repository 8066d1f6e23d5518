/* SPDX-License-Identifier: Apache-2.0
 *
 * base/banned: functions that are never right here.  Included by the compiler's -include in every
 * unit, after the system headers were given a chance through it.
 */
#ifndef ENT_BASE_BANNED_H
#define ENT_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Where these are macros (glibc's checked forms under clang) the poison would only warn. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets atoi atol atoll
#pragma GCC poison gmtime localtime ctime asctime rand srand tmpnam mktemp

#endif
