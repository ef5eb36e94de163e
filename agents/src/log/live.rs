//! The part of a log that is in memory, in the process that works on the run.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crm_store::{TenantStore, ids::RunId, run_events::NewRunEvents};
use tokio::sync::Notify;

use super::rows;
use crate::event::AgentEvent;

/// Stored events stay in memory up to this size, so that readers who keep up
/// never ask the store.
const KEEP_BYTES: usize = 8 * 1024;
/// What an event other than text counts as.
const EVENT_BYTES: usize = 512;
/// The most events that one read returns.
const BATCH: usize = 256;

/// Why nothing more is appended here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The run has ended: its last event is here.
    Finished,
    /// The run waits, or another process has it: the store knows how it goes on.
    Elsewhere,
}

/// What a reader finds after its cursor.
#[derive(Debug)]
pub(crate) enum Found {
    Events(Vec<(u64, AgentEvent)>),
    /// The events are no longer in memory; they are stored.
    Stored,
    Nothing,
    Closed(Closed),
}

/// The log of one run.
pub(crate) struct LiveLog {
    pub(crate) run: RunId,
    pub(crate) store: TenantStore,
    state: Mutex<State>,
    pub(crate) wake: Notify,
    /// Held by whoever stores events of this log.
    pub(crate) storing: Arc<tokio::sync::Mutex<()>>,
    /// Whether the flusher knows that there is something to store.
    dirty: AtomicBool,
}

struct State {
    segments: VecDeque<Segment>,
    bytes: usize,
    /// The number of the last event.
    last: u64,
    /// Everything up to here is stored.
    stored: u64,
    /// Everything up to here is only in the store.
    evicted: u64,
    closed: Option<Closed>,
}

/// A stretch of the log that is stored as one row.
pub(super) enum Segment {
    /// Deltas in a row; `splits` are where the second and later ones start.
    Text {
        first: u64,
        text: String,
        splits: Vec<u32>,
        sealed: bool,
    },
    Event {
        seq: u64,
        event: AgentEvent,
    },
}

impl Segment {
    pub(super) fn first(&self) -> u64 {
        match self {
            Self::Text { first, .. } => *first,
            Self::Event { seq, .. } => *seq,
        }
    }

    pub(super) fn last(&self) -> u64 {
        match self {
            Self::Text { first, splits, .. } => first.saturating_add(splits.len() as u64),
            Self::Event { seq, .. } => *seq,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text { text, splits, .. } => text.len() + 4 * splits.len() + 64,
            Self::Event { .. } => EVENT_BYTES,
        }
    }
}

impl LiveLog {
    /// A log that goes on after event `last`.
    fn new(run: RunId, store: TenantStore, last: u64) -> Self {
        Self {
            run,
            store,
            state: Mutex::new(State {
                segments: VecDeque::new(),
                bytes: 0,
                last,
                stored: last,
                evicted: last,
                closed: None,
            }),
            wake: Notify::new(),
            storing: Arc::default(),
            dirty: AtomicBool::new(false),
        }
    }

    /// Appends an event and returns its number. True when the flusher must be told.
    fn append(&self, event: AgentEvent) -> (u64, bool) {
        let seq = {
            let mut state = self.lock();
            state.last += 1;
            let seq = state.last;
            state.push(seq, event);
            seq
        };
        self.wake.notify_waiters();
        (seq, !self.dirty.swap(true, Ordering::AcqRel))
    }

    /// The number of the last event.
    pub(crate) fn last(&self) -> u64 {
        self.lock().last
    }

    /// Closes the log, after `end` if there is one, and wakes every reader.
    pub(crate) fn close(&self, end: Option<AgentEvent>, closed: Closed) {
        {
            let mut state = self.lock();
            if state.closed.is_some() {
                return;
            }
            if let Some(end) = end {
                state.last += 1;
                let seq = state.last;
                state.push(seq, end);
            }
            state.closed = Some(closed);
        }
        self.wake.notify_waiters();
    }

    /// The events after `cursor`, as many as fit one batch.
    pub(crate) fn after(&self, cursor: u64) -> Found {
        let state = self.lock();
        if cursor < state.evicted {
            return Found::Stored;
        }
        let start = state.segments.partition_point(|segment| segment.last() <= cursor);
        let mut events = Vec::new();
        for segment in state.segments.iter().skip(start) {
            if events.len() >= BATCH {
                break;
            }
            match segment {
                Segment::Event { seq, event } => events.push((*seq, event.clone())),
                Segment::Text {
                    first, text, splits, ..
                } => {
                    rows::deltas(*first, text, splits, cursor, &mut events);
                }
            }
        }
        match (events.is_empty(), state.closed) {
            (false, _) => Found::Events(events),
            (true, Some(closed)) => Found::Closed(closed),
            (true, None) => Found::Nothing,
        }
    }

    /// What is not stored yet, as rows, and the number of the last event in them.
    /// The rows of a later call repeat these until [`Self::stored`] says that
    /// they arrived: text that is being stored does not grow any more.
    pub(crate) fn unstored(&self) -> (Vec<NewRunEvents>, u64) {
        // Whatever comes from here on needs another visit.
        self.dirty.store(false, Ordering::Release);
        let mut state = self.lock();
        if let Some(Segment::Text { sealed, .. }) = state.segments.back_mut() {
            *sealed = true;
        }
        let stored = state.stored;
        let rows = state
            .segments
            .iter()
            .filter(|segment| segment.first() > stored)
            .map(|segment| rows::of_segment(self.run, segment))
            .collect();
        (rows, state.last)
    }

    /// Everything up to `seq` is stored.
    pub(crate) fn stored(&self, seq: u64) {
        let mut state = self.lock();
        state.stored = state.stored.max(seq);
        while state.bytes > KEEP_BYTES {
            let Some(oldest) = state
                .segments
                .front()
                .filter(|segment| segment.last() <= state.stored)
            else {
                break;
            };
            let (last, bytes) = (oldest.last(), oldest.bytes());
            state.segments.pop_front();
            state.evicted = last;
            state.bytes = state.bytes.saturating_sub(bytes);
        }
    }

    /// How many events are not stored yet.
    pub(crate) fn behind(&self) -> u64 {
        let state = self.lock();
        state.last.saturating_sub(state.stored)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, seq: u64, event: AgentEvent) {
        if let AgentEvent::TextDelta { text: delta } = event {
            if let Some(Segment::Text {
                text,
                splits,
                sealed: false,
                ..
            }) = self.segments.back_mut()
                && let Ok(split) = u32::try_from(text.len())
            {
                splits.push(split);
                text.push_str(&delta);
                self.bytes += delta.len() + 4;
                return;
            }
            let segment = Segment::Text {
                first: seq,
                text: delta,
                splits: Vec::new(),
                sealed: false,
            };
            self.bytes += segment.bytes();
            self.segments.push_back(segment);
        } else {
            self.bytes += EVENT_BYTES;
            self.segments.push_back(Segment::Event { seq, event });
        }
    }
}

/// The logs of the runs that this process works on.
#[derive(Default)]
pub(crate) struct Logs {
    live: Mutex<HashMap<RunId, Arc<LiveLog>>>,
    dirty: Mutex<Vec<Arc<LiveLog>>>,
}

impl Logs {
    /// Opens the log of a run that this process works on now.
    pub(crate) fn open(&self, run: RunId, store: TenantStore, last: u64) -> Arc<LiveLog> {
        let log = Arc::new(LiveLog::new(run, store, last));
        self.live
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run, Arc::clone(&log));
        log
    }

    pub(crate) fn get(&self, run: RunId) -> Option<Arc<LiveLog>> {
        self.live
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&run)
            .cloned()
    }

    /// Forgets a closed log; readers that have it read it to its end.
    pub(crate) fn remove(&self, log: &Arc<LiveLog>) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.get(&log.run).is_some_and(|known| Arc::ptr_eq(known, log)) {
            live.remove(&log.run);
        }
    }

    /// Appends an event to a log.
    pub(crate) fn append(&self, log: &Arc<LiveLog>, event: AgentEvent) -> u64 {
        let (seq, first) = log.append(event);
        if first {
            self.dirty
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Arc::clone(log));
        }
        seq
    }

    /// The logs with something to store, each once.
    pub(crate) fn take_dirty(&self) -> Vec<Arc<LiveLog>> {
        std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a log back whose events could not be stored.
    pub(crate) fn again(&self, log: Arc<LiveLog>) {
        if !log.dirty.swap(true, Ordering::AcqRel) {
            self.dirty
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(log);
        }
    }
}
