// What a start of Node costs by itself.
void 0;
