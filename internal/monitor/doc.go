// Package monitor serves asynq's web page, asynqmon, behind a guard. It knows
// asynqmon and what its requests do; the tasks themselves belong to package
// queue. Producers do not import it, so their programs do not link asynqmon.
package monitor
