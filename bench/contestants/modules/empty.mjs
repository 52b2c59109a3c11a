// What a start of Node costs by itself.
export {};
