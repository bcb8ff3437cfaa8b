package main

import (
	"sync"
	"time"
)

var letters = []letter{
	{"A1", func() float64 { return perOperation(startAndJoin) }},
	{"A_10", func() float64 { return startMany(10) }},
	{"A2", func() float64 { return startMany(1000) }},
	{"A3", func() float64 { return startMany(100_000) }},
	{"B1", func() float64 { return perOperation(pingPong) }},
	{"B2", func() float64 { return perOperation(func(n int) { stream(0, 1, n) }) }},
	{"B3", func() float64 { return perOperation(func(n int) { stream(128, 1, n) }) }},
	{"B4", func() float64 { return perOperation(func(n int) { stream(128, 4, n) }) }},
	{"B5", func() float64 { return sieve(0) }},
	{"B5b", func() float64 { return sieve(128) }},
	{"C1_2", func() float64 { return perOperation(selectReady2) }},
	{"C1_8", func() float64 { return perOperation(selectReady8) }},
	{"C2_2", func() float64 { return perOperation(selectBlocked2) }},
	{"C2_8", func() float64 { return perOperation(selectBlocked8) }},
	{"C4_2", func() float64 { return perOperation(selectEmpty2) }},
	{"C4_8", func() float64 { return perOperation(selectEmpty8) }},
	{"D1", func() float64 { return perOperation(func(n int) { pipeline(0, n) }) }},
	{"D2", func() float64 { return perOperation(func(n int) { pipeline(steps1us, n) }) }},
	{"E1", func() float64 { return perOperation(func(n int) { fanOut(steps100ns, n) }) }},
	{"E1_static", func() float64 { return perOperation(func(n int) { divide(steps100ns, n) }) }},
	{"E2", func() float64 { return perOperation(func(n int) { fanOut(steps1us, n) }) }},
	{"E2_static", func() float64 { return perOperation(func(n int) { divide(steps1us, n) }) }},
	{"F_1", func() float64 { return perOperation(func(n int) { workerPool(1, n) }) }},
	{"F_4", func() float64 { return perOperation(func(n int) { workerPool(4, n) }) }},
	{"G", func() float64 { return perOperation(onceDone) }},
	{"H_1", func() float64 { return poolGetPut(1, 1) }},
	{"H_2", func() float64 { return poolGetPut(2, 1) }},
	{"H2_1", func() float64 { return poolGetPut(1, 16) }},
	{"H2_2", func() float64 { return poolGetPut(2, 16) }},
	{"I1_root", cancelRoot},
	{"I1_child", cancelChild},
	{"I2", func() float64 { return perOperation(cancelTimeout) }},
	{"I3", func() float64 { return meanTime(cancelTree) / 1000 }},
	{"I4", askErr},
	{"I7", func() float64 { return perOperation(watchedStream) }},
	{"I8", func() float64 { return meanTime(cancelToWake) }},
	{"J1_1", func() float64 { return lockMutex(1) }},
	{"J1_2", func() float64 { return lockMutex(2) }},
	{"J3_1", func() float64 { return readLock(1) }},
	{"J3_2", func() float64 { return readLock(2) }},
	{"J8", lockMixed},
	{"K", func() float64 { return blockedTasks(100_000).bytes }},
	{"K_million", func() float64 { return blockedTasks(1_000_000).bytes * 1_000_000 / (1 << 30) }},
	{"K2_start", func() float64 { return blockedTasks(100_000).start }},
	{"K2_wake", func() float64 { return blockedTasks(100_000).wake }},
	{"N_10", func() float64 { return perOperation(func(n int) { useChannels(10, n) }) }},
	{"N_1000", func() float64 { return perOperation(func(n int) { useChannels(1000, n) }) }},
	{"N_100000", func() float64 { return perOperation(func(n int) { useChannels(100_000, n) }) }},
	{"O_1", func() float64 { return wakeOneOf(1) }},
	{"O_10000", func() float64 { return wakeOneOf(10_000) }},
	{"W", func() float64 { return wakeWhileComputing() }},
}

// Starts one task and waits for its end.
func startAndJoin(n int) {
	for i := 0; i < n; i++ {
		var wg sync.WaitGroup
		wg.Add(1)
		go wg.Done()
		wg.Wait()
	}
}

// Starts so many tasks that do nothing, then waits for all. The time of one.
func startMany(tasks int) float64 {
	return perOperation(func(n int) {
		for i := 0; i < n; i++ {
			var wg sync.WaitGroup
			wg.Add(tasks)
			for t := 0; t < tasks; t++ {
				go wg.Done()
			}
			wg.Wait()
		}
	}) / float64(tasks)
}

// f(part) in so many tasks at the same time, until all have ended.
func inParallel(tasks int, f func(part int)) {
	var wg sync.WaitGroup
	wg.Add(tasks)
	for t := 0; t < tasks; t++ {
		go func(part int) {
			defer wg.Done()
			f(part)
		}(t)
	}
	wg.Wait()
}

type blocked struct{ bytes, start, wake float64 }

// So many tasks that block on one channel: what one occupies, what it takes to start one, until
// all have begun, and, by a close, to wake one, until all have ended.
func blockedTasks(tasks int) (b blocked) {
	never := make(chan struct{})
	var begun, ended sync.WaitGroup
	begun.Add(tasks)
	ended.Add(tasks)
	before := resident()
	b.start = timeOf(func() {
		for t := 0; t < tasks; t++ {
			go func() {
				begun.Done()
				<-never
				ended.Done()
			}()
		}
		begun.Wait()
	}) / float64(tasks)
	b.bytes = (resident() - before) / float64(tasks)
	b.wake = timeOf(func() {
		close(never)
		ended.Wait()
	}) / float64(tasks)
	return b
}

// Microseconds between a buffered send and the woken task, while the sender goes on computing for
// 1 ms. Mean of 100.
func wakeWhileComputing() float64 {
	const rounds = 100
	sent := make(chan time.Time, 1)
	back := make(chan struct{}, 1)
	var sum time.Duration
	go func() {
		for at := range sent {
			sum += time.Since(at)
			back <- struct{}{}
		}
		close(back)
	}()
	x := uint64(seed)
	for i := 0; i < rounds; i++ {
		sent <- time.Now()
		x = work(1000*steps1us, x)
		<-back
	}
	close(sent)
	<-back
	sink = x
	return float64(sum.Nanoseconds()) / 1000 / rounds
}
