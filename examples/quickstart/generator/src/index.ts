// A wikigpt data generator: each export gives the records of one pass, and depends on `pass` and `seed` alone.
export { encyclopedia } from './encyclopedia.ts';
export { ghostQuestions, heldOutQuestions, questions } from './questions.ts';
