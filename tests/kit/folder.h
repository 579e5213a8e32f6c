#ifndef KIT_FOLDER_H
#define KIT_FOLDER_H
/* Temporary folders of tests. */
#include <stdbool.h>

void folder_enter(char path[64]);	/* a new one in /tmp, and chdir there; aborts if it cannot */
void folder_leave(const char *path);	/* chdir away and remove it with all that is in it */
void folder_remove(const char *path);	/* never follows a link; what is not there is removed */
bool folder_has(const char *path);	/* is there a file, folder or link of this name? */
#endif
