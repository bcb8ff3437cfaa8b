package main

import "sync"

// n ints through three stages, capacity 128; each stage works so long on each.
func pipeline(steps, n int) {
	first, second := make(chan uint64, 128), make(chan uint64, 128)
	go func() {
		for i := 0; i < n; i++ {
			first <- work(steps, uint64(i))
		}
		close(first)
	}()
	go func() {
		for v := range first {
			second <- work(steps, v)
		}
		close(second)
	}()
	sum := uint64(0)
	for v := range second {
		sum += work(steps, v)
	}
	sink = sum
}

// n items, dealt out over a channel of capacity 128 to two workers, who add up.
func fanOut(steps, n int) {
	items := make(chan int, 128)
	go func() {
		for i := 0; i < n; i++ {
			items <- i
		}
		close(items)
	}()
	var sums [2]uint64
	inParallel(2, func(part int) {
		sum := uint64(0)
		for i := range items {
			sum += work(steps, uint64(i))
		}
		sums[part] = sum
	})
	sink = sums[0] + sums[1]
}

// The same items, divided beforehand: half to each worker.
func divide(steps, n int) {
	var sums [2]uint64
	inParallel(2, func(part int) {
		sum := uint64(0)
		for i := part * n / 2; i < (part+1)*n/2; i++ {
			sum += work(steps, uint64(i))
		}
		sums[part] = sum
	})
	sink = sums[0] + sums[1]
}

// n empty jobs from so many submitters to two workers, with a queue of 128.
func workerPool(submitters, n int) {
	jobs := make(chan func(), 128)
	var workers sync.WaitGroup
	workers.Add(2)
	for w := 0; w < 2; w++ {
		go func() {
			defer workers.Done()
			for job := range jobs {
				job()
			}
		}()
	}
	inParallel(submitters, func(part int) {
		for i := part; i < n; i += submitters {
			jobs <- func() {}
		}
	})
	close(jobs)
	workers.Wait()
}

func onceDone(n int) {
	var once sync.Once
	for i := 0; i < n; i++ {
		once.Do(func() { sink++ })
	}
}

type buffer [1024]byte

// Takes so many buffers from a pool and gives them back, in so many tasks. The time of one.
func poolGetPut(tasks, held int) float64 {
	pool := sync.Pool{New: func() any { return new(buffer) }}
	return perOperation(func(n int) {
		inParallel(tasks, func(int) {
			bufs := make([]*buffer, held)
			for i := 0; i < n; i++ {
				for b := range bufs {
					bufs[b] = pool.Get().(*buffer)
					bufs[b][0]++
				}
				for _, b := range bufs {
					pool.Put(b)
				}
			}
		})
	}) / float64(tasks*held)
}

// Mutexes: the time of one lock and unlock, with so many tasks at it. What the lock protects is a
// counter.

func lockMutex(tasks int) float64 {
	var mu sync.Mutex
	counter := uint64(0)
	defer func() { sink = counter }()
	return perOperation(func(n int) {
		inParallel(tasks, func(int) {
			for i := 0; i < n; i++ {
				mu.Lock()
				counter++
				mu.Unlock()
			}
		})
	}) / float64(tasks)
}

func readLock(tasks int) float64 {
	var mu sync.RWMutex
	counter := uint64(1)
	return perOperation(func(n int) {
		var sums [2][8]uint64
		inParallel(tasks, func(part int) {
			for i := 0; i < n; i++ {
				mu.RLock()
				sums[part][0] += counter
				mu.RUnlock()
			}
		})
		sink = sums[0][0]
	}) / float64(tasks)
}

// Two tasks; every tenth operation is a write.
func lockMixed() float64 {
	var mu sync.RWMutex
	counter := uint64(0)
	return perOperation(func(n int) {
		var sums [2][8]uint64
		inParallel(2, func(part int) {
			for i := 0; i < n; i++ {
				if i%10 == 0 {
					mu.Lock()
					counter++
					mu.Unlock()
				} else {
					mu.RLock()
					sums[part][0] += counter
					mu.RUnlock()
				}
			}
		})
		sink = sums[0][0]
	}) / 2
}
