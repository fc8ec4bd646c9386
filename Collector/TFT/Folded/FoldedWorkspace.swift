/// The memory that one thread needs to run a folded model: allocated once, used again for every forecast.
package final class FoldedWorkspace {
    /// A host a lane.
    package static let hostsMax = 16
    /// The most lanes of a block, hosts times steps: what one layer leaves of it for the next stays in the second
    /// cache.
    static let lanesMax = 128
    /// Not a power of two, so that the features of a block do not fall on each other in the cache.
    static let stride = 144

    private let store = FoldedStore()

    let input: Block  // reals and one-hot classes of a block of steps
    let weights: Block  // variable weights
    let selected: Block  // [H]
    let recurrent: Block  // [H], what the LSTM says
    let hidden: Block  // [H], between two products
    let local: Block  // [H], after the LSTM's gate
    let enriched: Block  // [H]
    let answers: Block  // [targets · Q]
    let keyBlock: Block  // [heads · d + d]
    let queryBlock: Block  // [heads · d]

    /// Static path: a host a lane.
    let statics: Block
    let contexts: Block  // [H], the context in work
    let encoderContext: Block  // spread over the lanes of a block: [hidden width of the selection]
    let decoderContext: Block
    let enrichmentContext: Block

    /// Per LSTM layer: the hidden state twice, to write one while the other is read, and the cell state. [H] · 16
    /// lanes.
    let states: [(hidden: Block, next: Block, cell: Block)]
    /// The same for a host alone: x and hidden state of a layer, its cell state, its next hidden state. [4H]
    let rowInput: UnsafeMutablePointer<Float>
    let isActive: UnsafeMutablePointer<Float>

    /// `[host][E + D][heads · d + d]`
    let keys: UnsafeMutablePointer<Float>
    /// `[host][heads · d][D]`, and what was seen: `[d][D]` of one host.
    let queries: UnsafeMutablePointer<Float>
    let seen: Block
    /// All decoder steps of all hosts, lanes `step · hosts + host`: [H], [H], [d].
    let decoderLocal: Block
    let decoderEnriched: Block
    let decoderSeen: Block
    let scratch: UnsafeMutablePointer<Float>

    /// Sums of variable weights, `[variable][16]`, a host a lane.
    let shares: UnsafeMutablePointer<Float>
    let shareCount: Int

    /// Lanes of a block of queries: the decoder's steps, rounded up.
    let queryLanes: Int

    package init(_ model: FoldedModel) {
        let (store, config) = (self.store, model.config)
        let width = config.hidden
        let headWidth = width / config.heads
        func block(_ features: Int, stride: Int = FoldedWorkspace.stride) -> Block {
            // One more feature's room: a product may leave whole fours of rows half used, never more.
            Block(start: store.room(max(1, features) * stride), stride: stride)
        }
        let selections = [model.staticSelection, model.encoderSelection, model.decoderSelection]
        input = block(selections.reduce(0) { max($0, $1.inputs) })
        weights = block(selections.reduce(0) { max($0, $1.count) })
        selected = block(width)
        recurrent = block(width)
        hidden = block(width)
        local = block(width)
        enriched = block(width)
        answers = block(config.targets.count * config.quantileCount)
        keyBlock = block(width + headWidth)
        queryBlock = block(width)
        statics = block(width)
        contexts = block(width)
        encoderContext = block(model.encoderSelection.hiddenWidth)
        decoderContext = block(model.decoderSelection.hiddenWidth)
        enrichmentContext = block(width)
        states = (0..<config.lstmLayers).map { _ in
            (block(width, stride: 16), block(width, stride: 16), block(width, stride: 16))
        }
        shareCount = 16 * max(model.encoderSelection.count, model.decoderSelection.count)
        shares = store.room(shareCount)
        rowInput = store.room(4 * width)
        isActive = store.room(16)
        queryLanes = (config.decoderSteps + 15) / 16 * 16
        keys = store.room(Self.hostsMax * (config.encoderSteps + config.decoderSteps) * (width + headWidth))
        queries = store.room(Self.hostsMax * width * queryLanes)
        seen = block(headWidth, stride: queryLanes)
        let decoderLanes = Self.hostsMax * queryLanes + 16 + Self.lanesMax
        decoderLocal = block(width, stride: decoderLanes)
        decoderEnriched = block(width, stride: decoderLanes)
        decoderSeen = block(headWidth, stride: decoderLanes)
        let attention = 16 * (2 * headWidth + 32) + 20 * (config.encoderSteps + config.decoderSteps)
        scratch = store.room(
            selections.reduce(attention) { max($0, $1.scratchCount(stride: FoldedWorkspace.stride)) })
    }
}
